import type { Database, Statements } from '../database/database.ts';

/** A pull of a manifest, by its digest or by a tag. */
export interface Pull {
  readonly repository: string;
  /** A tag or digest. */
  readonly name: string;
  readonly at: Date;
}

/** Notes when something was last pulled. The journal knows nothing of it. */
export async function notePulls(database: Database, pulls: Iterable<Pull>): Promise<void> {
  await database.transaction(async (statements) => {
    for (const { repository, name, at } of pulls) {
      await statements.run(
        `INSERT INTO pulls (repository_id, name, at) SELECT id, ?, ? FROM repositories WHERE name = ?
         ON CONFLICT (repository_id, name) DO UPDATE SET at = excluded.at`,
        name,
        at.toISOString(),
        repository,
      );
    }
  });
}

/** When each tag and digest of a repository was last pulled, as far as that is known. */
export async function lastPulls(
  statements: Pick<Statements, 'all'>,
  repository: string,
): Promise<ReadonlyMap<string, Date>> {
  const rows = await statements.all(
    'SELECT p.name, p.at FROM pulls p JOIN repositories r ON r.id = p.repository_id WHERE r.name = ?',
    repository,
  );
  return new Map(rows.map((row) => [String(row.name), new Date(String(row.at))]));
}
