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

/** From now on pulls are noted, unless they were before. */
export async function beginNotingPulls(database: Database, now: Date): Promise<void> {
  if ((await database.get('SELECT at FROM pulls_since')) !== undefined) return;
  await database.transaction(async (statements) => {
    if ((await statements.get('SELECT at FROM pulls_since')) !== undefined) return;
    await statements.run('INSERT INTO pulls_since (at) VALUES (?)', now.toISOString());
  });
}

/** Since when pulls are noted; a database that was built anew knows of none before. Undefined where they never were. */
export async function pullsNotedSince(statements: Pick<Statements, 'get'>): Promise<Date | undefined> {
  const row = await statements.get('SELECT at FROM pulls_since');
  return row === undefined ? undefined : new Date(String(row.at));
}
