import type { Digest } from '@lading/oci';
import type { Statements } from '../database/database.ts';
import type { LedgerRecord } from '../ledger/entry.ts';

/** What becomes of a name: of a tag, or of a pin, whose name is its digest. */
export interface Move {
  readonly repositoryId: number;
  readonly name: string;
  readonly digest?: Digest | undefined;
  readonly previous?: Digest | undefined;
}

export async function insertMove(
  statements: Statements,
  { at, by }: Pick<LedgerRecord, 'at' | 'by'>,
  move: Move,
): Promise<void> {
  await statements.run(
    'INSERT INTO tag_history (repository_id, name, digest, previous, at, actor) VALUES (?, ?, ?, ?, ?, ?)',
    move.repositoryId,
    move.name,
    move.digest ?? null,
    move.previous ?? null,
    at,
    by?.name ?? null,
  );
}
