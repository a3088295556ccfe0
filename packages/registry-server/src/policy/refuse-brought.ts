import { purgedAmong, quarantinedAmong } from '@lading/catalog';
import { LadingError } from '@lading/errors';
import type { Digest } from '@lading/oci';

type Reads = Parameters<typeof purgedAmong>[0];

/**
 * Before content becomes part of a repository that an upstream or another registry has and nobody pushed: what was purged would be back
 * without anybody's doing, and what is in quarantine is not wanted. Asked in the transaction that decides, with what the content names.
 * Throws POLICY_REFUSED.
 */
export async function refuseBrought(
  statements: Reads,
  repository: string,
  [digest, ...parts]: readonly [Digest, ...Digest[]],
): Promise<void> {
  const all = [digest, ...parts];
  const purged = await purgedAmong(statements, all);
  const unwanted = purged ?? (await quarantinedAmong(statements, all));
  if (unwanted === undefined) return;
  const why = `${unwanted} ${purged === undefined ? 'is in quarantine' : 'was purged'}`;
  throw new LadingError('POLICY_REFUSED', `Cannot bring ${digest} into ${repository}: ${why}`, {
    details: { repository, digest, unwanted },
    ...(purged === undefined ? {} : { hint: 'Who wants it nevertheless pushes it.' }),
  });
}
