import type { Database, Row } from '../database/database.ts';

/** Every table that the journal gives, without ids, which a replay may choose anew: two databases that say the same compare equal. */
export async function tablesOf(database: Database): Promise<Readonly<Record<string, readonly Row[]>>> {
  const of = (columns: string, table: string, order: string): Promise<readonly Row[]> =>
    database.all(
      `SELECT r.name AS repository, ${columns} FROM ${table} x JOIN repositories r ON r.id = x.repository_id ORDER BY ${order}`,
    );
  const tables = {
    repositories: await database.all('SELECT name, created_at FROM repositories ORDER BY name'),
    blobs: await of('x.digest, x.size, x.created_at', 'blobs', 'r.name, x.digest'),
    manifests: await of(
      'x.digest, x.size, x.media_type, x.artifact_type, x.subject, x.annotations, x.created_at, x.recorded_at',
      'manifests',
      'r.name, x.digest',
    ),
    children: await of('x.parent, x.child, x.kind, x.size', 'children', 'r.name, x.parent, x.child'),
    tags: await of('x.name, x.digest, x.updated_at', 'tags', 'r.name, x.name'),
    pins: await of('x.digest, x.pinned_at', 'pins', 'r.name, x.digest'),
    history: await of('x.name, x.digest, x.previous, x.at, x.actor', 'tag_history', 'x.id'),
    audit: await database.all('SELECT * FROM audit ORDER BY sequence'),
    position: await database.all('SELECT sequence, batch, hash FROM journal_position'),
  };
  // Drivers differ in the prototype of a row.
  return Object.fromEntries(Object.entries(tables).map(([name, rows]) => [name, rows.map((row) => ({ ...row }))]));
}
