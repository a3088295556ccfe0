import { type Catalog, pullsNotedSince } from '@lading/catalog';
import { type Digest, isDigest } from '@lading/oci';

/**
 * What retention decides by, of one repository. It may have millions of tags and manifests: those are read page by page, each time they are
 * gone through. Times are ISO 8601, as the catalog has them.
 */
export interface RepositoryState {
  readonly repository: string;
  /** In the order of names. */
  readonly tags: AsyncIterable<TagState> | Iterable<TagState>;
  /** In the order of digests. */
  readonly manifests: AsyncIterable<ManifestState> | Iterable<ManifestState>;
  readonly pinned: ReadonlySet<Digest>;
  /** Manifests that lost a name within the time that a rule gives those without one. */
  readonly unnamed: ReadonlySet<Digest>;
  /** What was pulled before is not known: it may have been pulled right then. Undefined where nothing is known of pulls. */
  readonly pullsSince?: Date | undefined;
}

export interface TagState {
  readonly name: string;
  readonly digest: Digest;
  readonly movedAt: string;
  /** It, or by its digest what it points to, as far as is known. */
  readonly pulledAt?: string | undefined;
  /** The manifest here to which it attaches something, as tools name such tags. */
  readonly subject?: Digest | undefined;
}

export interface ManifestState {
  readonly digest: Digest;
  readonly recordedAt: string;
  /** Those that it stays with: indexes that name it, and what it refers to or is attached to. Some may not be here. */
  readonly above: readonly Digest[];
}

const pageRows = 1000;

/** Tags by which tools attach something to a manifest name that: `sha256-<hex>`, also with an ending such as `.sig`. */
const subjectInName = `CASE WHEN t.name LIKE 'sha256-%' THEN 'sha256:' || substr(t.name, 8, 64)
  WHEN t.name LIKE 'sha512-%' THEN 'sha512:' || substr(t.name, 8, 128) END`;

/** Undefined when there is no such repository. */
export async function readState(
  { database }: Pick<Catalog, 'database'>,
  repository: string,
  { unnamedSince }: { readonly unnamedSince?: string | undefined },
): Promise<RepositoryState | undefined> {
  const row = await database.get('SELECT id FROM repositories WHERE name = ?', repository);
  if (row === undefined) return undefined;
  const id = Number(row.id);
  const pins = await database.all('SELECT digest FROM pins WHERE repository_id = ?', id);
  const unnamed =
    unnamedSince === undefined
      ? []
      : await database.all(
          'SELECT DISTINCT previous FROM tag_history WHERE at > ? AND repository_id = ? AND previous IS NOT NULL',
          unnamedSince,
          id,
        );
  return {
    repository,
    tags: { [Symbol.asyncIterator]: () => readTags(database, id) },
    manifests: { [Symbol.asyncIterator]: () => readManifests(database, id) },
    pinned: new Set(pins.map(({ digest }) => digest as Digest)),
    unnamed: new Set(unnamed.map(({ previous }) => previous as Digest)),
    pullsSince: await pullsNotedSince(database),
  };
}

async function* readTags(database: Catalog['database'], id: number): AsyncGenerator<TagState> {
  for (let after = ''; ; ) {
    const rows = await database.all(
      `SELECT t.name, t.digest, t.updated_at, m.digest AS subject, p.at AS pulled, q.at AS digest_pulled FROM tags t
       LEFT JOIN manifests m ON m.repository_id = t.repository_id AND m.digest = ${subjectInName}
       LEFT JOIN pulls p ON p.repository_id = t.repository_id AND p.name = t.name
       LEFT JOIN pulls q ON q.repository_id = t.repository_id AND q.name = t.digest
       WHERE t.repository_id = ? AND t.name > ? ORDER BY t.name LIMIT ?`,
      id,
      after,
      pageRows,
    );
    for (const { name, digest, updated_at, subject, pulled, digest_pulled } of rows) {
      const pulledAt = [pulled, digest_pulled].map((at) => String(at ?? '')).sort()[1];
      yield {
        name: String(name),
        digest: digest as Digest,
        movedAt: String(updated_at),
        ...(pulledAt === '' ? {} : { pulledAt }),
        ...(subject !== null && attaches(String(name)) ? { subject: subject as Digest } : {}),
      };
    }
    if (rows.length < pageRows) return;
    after = String(rows.at(-1)?.name);
  }
}

async function* readManifests(database: Catalog['database'], id: number): AsyncGenerator<ManifestState> {
  for (let after = ''; ; ) {
    const rows = await database.all(
      'SELECT digest, recorded_at, subject FROM manifests WHERE repository_id = ? AND digest > ? ORDER BY digest LIMIT ?',
      id,
      after,
      pageRows,
    );
    const last = String(rows.at(-1)?.digest ?? '');
    const above = await database.all(
      `SELECT child AS digest, parent AS above, '' AS tag FROM children
       WHERE repository_id = ? AND child > ? AND child <= ? AND kind = 'manifest'
       UNION ALL SELECT t.digest, ${subjectInName}, t.name FROM tags t
       WHERE t.repository_id = ? AND t.digest > ? AND t.digest <= ? AND (t.name LIKE 'sha256-%' OR t.name LIKE 'sha512-%')`,
      ...[id, after, last],
      ...[id, after, last],
    );
    const linked = Map.groupBy(
      above.filter(({ tag }) => tag === '' || attaches(String(tag))),
      ({ digest }) => digest,
    );
    for (const { digest, recorded_at, subject } of rows) {
      const links = [...(linked.get(digest ?? null) ?? []).map((link) => link.above), subject];
      yield {
        digest: digest as Digest,
        recordedAt: String(recorded_at),
        above: links.filter((link) => link !== null).map((link) => link as Digest),
      };
    }
    if (rows.length < pageRows) return;
    after = last;
  }
}

/** The rest of what the query cannot say. */
function attaches(tag: string): boolean {
  const [, algorithm, hex] = /^(sha256|sha512)-([0-9a-f]+)(?:$|\W)/.exec(tag) ?? [];
  return isDigest(`${algorithm}:${hex}`);
}
