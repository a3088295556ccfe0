import type { Digest } from '@lading/oci';
import type { Statements } from '../database/database.ts';

/** What a transaction that links content has to know of it: `going` is waited for; `gone` has to be there again. Empty for what was not collected. */
export interface CollectedContent {
  readonly digest: Digest;
  readonly state: 'going' | 'gone';
  /** Another one each time. */
  readonly mark: string;
}

export async function collectedContent(
  statements: Pick<Statements, 'get'>,
  digest: Digest,
): Promise<CollectedContent | undefined> {
  const row = await statements.get('SELECT state, mark FROM collected WHERE digest = ?', digest);
  return row && { digest, state: row.state as CollectedContent['state'], mark: String(row.mark) };
}
