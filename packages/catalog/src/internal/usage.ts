import type { Database, Statements } from '../database/database.ts';

/** How much a repository has. Content that it has twice counts once. */
export interface RepositoryUsage {
  readonly repository: string;
  /** Bytes of its blobs and manifests. */
  readonly bytes: number;
  /** Those of them that no other repository has, too: what its end would free. */
  readonly exclusiveBytes: number;
  readonly blobs: number;
  readonly manifests: number;
}

type Held = 'blobs' | 'manifests';

/** Counts content that a repository has just got. For appliers. */
export function countAdded(
  statements: Statements,
  held: Held,
  repositoryId: number,
  digest: string,
  size: number,
): Promise<void> {
  return count(statements, held, repositoryId, digest, size, 1);
}

/** Counts content that a repository has just lost. For appliers. */
export function countRemoved(
  statements: Statements,
  held: Held,
  repositoryId: number,
  digest: string,
  size: number,
): Promise<void> {
  return count(statements, held, repositoryId, digest, size, -1);
}

async function count(
  statements: Statements,
  held: Held,
  repositoryId: number,
  digest: string,
  size: number,
  sign: 1 | -1,
): Promise<void> {
  const others = await statements.all(
    `SELECT repository_id FROM ${held} WHERE digest = ? AND repository_id <> ? LIMIT 2`,
    digest,
    repositoryId,
  );
  const [blobs, manifests] = held === 'blobs' ? [sign, 0] : [0, sign];
  const bytes = sign * size;
  const [other] = others;
  await add(statements, repositoryId, bytes, other === undefined ? bytes : 0, blobs, manifests);
  // What one other has is its own no longer, or again.
  if (other === undefined) await add(statements, everything, bytes, 0, blobs, manifests);
  else if (others.length === 1) await add(statements, Number(other.repository_id), 0, -bytes, 0, 0);
}

/** In the place of a repository: all of them, in which shared content counts once. */
const everything = 0;

async function add(statements: Statements, ...row: [number, number, number, number, number]): Promise<void> {
  await statements.run(
    `INSERT INTO repository_usage (repository_id, bytes, exclusive_bytes, blobs, manifests) VALUES (?, ?, ?, ?, ?)
     ON CONFLICT (repository_id) DO UPDATE SET bytes = repository_usage.bytes + excluded.bytes,
       exclusive_bytes = repository_usage.exclusive_bytes + excluded.exclusive_bytes,
       blobs = repository_usage.blobs + excluded.blobs, manifests = repository_usage.manifests + excluded.manifests`,
    ...row,
  );
}

const columns = 'u.bytes, u.exclusive_bytes, u.blobs, u.manifests';

/** Undefined for a repository that does not exist. */
export async function usageOf(
  statements: Pick<Statements, 'get'>,
  repository: string,
): Promise<RepositoryUsage | undefined> {
  const row = await statements.get(
    `SELECT r.name, ${columns} FROM repositories r LEFT JOIN repository_usage u ON u.repository_id = r.id WHERE r.name = ?`,
    repository,
  );
  return row && usage(row);
}

/** All repositories in byte order of their names, from memory's point of view one page. */
export async function usageOfAll(statements: Pick<Statements, 'all'>): Promise<readonly RepositoryUsage[]> {
  const rows = await statements.all(
    `SELECT r.name, ${columns} FROM repositories r JOIN repository_usage u ON u.repository_id = r.id ORDER BY r.name`,
  );
  return rows.map(usage);
}

/** What all repositories have together, shared content counted once. */
export async function totalUsage(database: Pick<Database, 'get'>): Promise<Omit<RepositoryUsage, 'repository'>> {
  const row = await database.get(
    'SELECT u.bytes, u.blobs, u.manifests FROM repository_usage u WHERE u.repository_id = 0',
  );
  const { bytes, blobs, manifests } = usage({ name: '', exclusive_bytes: 0, ...row });
  return { bytes, exclusiveBytes: bytes, blobs, manifests };
}

/** Bytes that several repositories have together, counted once. */
export async function unionBytes(
  statements: Pick<Statements, 'all'>,
  repositories: readonly string[],
): Promise<number> {
  const sizes = new Map<string, number>();
  for (const repository of repositories) {
    const rows = await statements.all(
      `SELECT b.digest, b.size FROM blobs b JOIN repositories r ON r.id = b.repository_id WHERE r.name = ?
       UNION SELECT m.digest, m.size FROM manifests m JOIN repositories r ON r.id = m.repository_id WHERE r.name = ?`,
      repository,
      repository,
    );
    for (const row of rows) sizes.set(String(row.digest), Number(row.size));
  }
  return sizes.values().reduce((sum, size) => sum + size, 0);
}

function usage(row: Readonly<Record<string, unknown>>): RepositoryUsage {
  return {
    repository: String(row.name),
    bytes: Number(row.bytes ?? 0),
    exclusiveBytes: Number(row.exclusive_bytes ?? 0),
    blobs: Number(row.blobs ?? 0),
    manifests: Number(row.manifests ?? 0),
  };
}
