import type { Statements } from '../database/database.ts';
import { genesis } from './sealed-record.ts';

/** How far the database has come in the journal. */
export interface Position {
  /** The number of the last record; 0 before the first. */
  readonly sequence: number;
  /** The number of the first record of the batch it came in. */
  readonly batch: number;
  /** The hash of the last record. */
  readonly hash: string;
}

export async function readPosition(statements: Pick<Statements, 'get'>): Promise<Position> {
  const row = await statements.get('SELECT sequence, batch, hash FROM journal_position');
  return { sequence: Number(row?.sequence ?? 0), batch: Number(row?.batch ?? 0), hash: String(row?.hash ?? genesis) };
}

export async function writePosition(statements: Statements, { sequence, batch, hash }: Position): Promise<void> {
  await statements.run('UPDATE journal_position SET sequence = ?, batch = ?, hash = ?', sequence, batch, hash);
}
