import type { Database, Statements } from '../database/database.ts';

/** Of an image that is gone nothing is found any more. Packages and sets that nothing else has go with `trimFleet`. */
export async function forgetFleetImage(statements: Statements, digest: string): Promise<void> {
  const image = await statements.get('DELETE FROM fleet_images WHERE digest = ? RETURNING id', digest);
  if (image === undefined) return;
  const id = Number(image.id);
  await statements.run('DELETE FROM fleet_layers WHERE image_id = ?', id);
  await statements.run('DELETE FROM fleet_secrets WHERE image_id = ?', id);
}

/** Removes what no image has any more: sets, then packages with their verdicts. Chains stay: they are small, and bases come back. */
export async function trimFleet(database: Database): Promise<{ readonly sets: number; readonly packages: number }> {
  const sets = await removeUnused(database, {
    table: 'fleet_sets',
    users: 'SELECT 1 FROM fleet_layers WHERE set_id = fleet_sets.id',
    parts: ['DELETE FROM fleet_set_packages WHERE set_id = ?'],
  });
  const packages = await removeUnused(database, {
    table: 'fleet_packages',
    users: 'SELECT 1 FROM fleet_set_packages WHERE package_id = fleet_packages.id',
    parts: ['DELETE FROM fleet_verdicts WHERE package_id = ?', 'DELETE FROM fleet_changes WHERE package_id = ?'],
  });
  return { sets, packages };
}

/** Rows that go in one transaction: requests wait for it. */
const batch = 100;

async function removeUnused(
  database: Database,
  { table, users, parts }: { readonly table: string; readonly users: string; readonly parts: readonly string[] },
): Promise<number> {
  for (let [count, after] = [0, 0]; ; ) {
    const unused = `SELECT id FROM ${table} WHERE id > ? AND NOT EXISTS (${users}) ORDER BY id LIMIT ?`;
    const rows = await database.all(unused, after, batch);
    if (rows.length === 0) return count;
    count += await database.transaction(async (statements) => {
      let removed = 0;
      for (const { id } of rows) {
        // It may be in use by now.
        const sql = `DELETE FROM ${table} WHERE id = ? AND NOT EXISTS (${users})`;
        if ((await statements.run(sql, Number(id))) === 0) continue;
        removed += 1;
        for (const part of parts) await statements.run(part, Number(id));
      }
      return removed;
    });
    after = Number(rows.at(-1)?.id);
  }
}
