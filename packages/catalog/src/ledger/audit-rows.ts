import type { Statements } from '../database/database.ts';
import type { LedgerRecord } from './entry.ts';

/** Makes records findable: the journal has them by number alone. */
export async function insertAudit(statements: Statements, records: readonly LedgerRecord[]): Promise<void> {
  const insert = ({ sequence, at, by, entry }: LedgerRecord): Promise<number> =>
    statements.run(
      'INSERT INTO audit (sequence, at, actor, client, agent, kind, repository, entry) VALUES (?, ?, ?, ?, ?, ?, ?, ?)',
      sequence,
      at,
      by?.name ?? null,
      by?.client ?? null,
      by?.agent ?? null,
      entry.kind,
      'repository' in entry ? entry.repository : null,
      JSON.stringify(entry, withoutHashes),
    );
  await Promise.all(records.map(insert));
}

/** The journal keeps hashes of secrets, for they are part of the state; who reads what happened has no need of them. */
function withoutHashes(key: string, value: unknown): unknown {
  return key === 'hash' ? undefined : value;
}
