import type { Statements } from '../database/database.ts';

/** Bytes that only manifests in the trash still need: what is free once nothing of it can be restored any more. */
export async function reclaimableBytes(statements: Pick<Statements, 'get'>): Promise<number> {
  const row = await statements.get(
    `SELECT COALESCE(SUM(size), 0) AS bytes FROM (
       SELECT digest, size FROM trash UNION SELECT digest, size FROM trash_parts
     ) AS t WHERE NOT EXISTS (SELECT 1 FROM manifests m WHERE m.digest = t.digest)
       AND NOT EXISTS (SELECT 1 FROM children c WHERE c.child = t.digest)`,
  );
  return Number(row?.bytes ?? 0);
}
