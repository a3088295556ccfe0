import type { Database, Row, SqlValue } from '../database/database.ts';
import type { Entry, LedgerRecord } from './entry.ts';

export interface AuditFilter {
  readonly repository?: string | undefined;
  /** The name of an actor. */
  readonly actor?: string | undefined;
  readonly kind?: Entry['kind'] | undefined;
  /** Only records after this number: in the order in which they were written. */
  readonly after?: number | undefined;
  /** Only records before this number: the latest first. */
  readonly before?: number | undefined;
  /** At most so many. */
  readonly limit: number;
}

/** What happened, as far as the journal tells it: the latest first, unless `after` is given. */
export async function listAudit(
  database: Pick<Database, 'all'>,
  filter: AuditFilter,
): Promise<readonly LedgerRecord[]> {
  const { repository, actor, kind, after, before, limit } = filter;
  const conditions: [string, SqlValue][] = [];
  if (repository !== undefined) conditions.push(['repository = ?', repository]);
  if (actor !== undefined) conditions.push(['actor = ?', actor]);
  if (kind !== undefined) conditions.push(['kind = ?', kind]);
  if (after !== undefined) conditions.push(['sequence > ?', after]);
  if (before !== undefined) conditions.push(['sequence < ?', before]);
  const where = conditions.length === 0 ? '' : `WHERE ${conditions.map(([text]) => text).join(' AND ')}`;
  const rows = await database.all(
    `SELECT sequence, at, actor, client, agent, entry FROM audit ${where}
     ORDER BY sequence ${after === undefined ? 'DESC' : 'ASC'} LIMIT ?`,
    ...conditions.map(([, value]) => value),
    limit,
  );
  return rows.map(recordOf);
}

function recordOf(row: Row): LedgerRecord {
  const { sequence, at, actor, client, agent, entry } = row;
  return {
    sequence: Number(sequence),
    at: String(at),
    ...(actor === null
      ? {}
      : {
          by: {
            name: String(actor),
            ...(client === null ? {} : { client: String(client) }),
            ...(agent === null ? {} : { agent: String(agent) }),
          },
        }),
    entry: JSON.parse(String(entry)) as Entry, // as the ledger wrote it
  };
}
