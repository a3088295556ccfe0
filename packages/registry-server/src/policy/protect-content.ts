import { setTimeout as sleep } from 'node:timers/promises';
import type { Collection } from '@lading/catalog';
import type { Digest } from '@lading/oci';
import { busy, patienceMs } from './write-content.ts';

/** The end of a write, until its content is linked, takes less. */
const protectedMs = 600_000;

/**
 * Keeps collections from content that is about to be written and then linked. It may be there already, as what somebody is just giving up:
 * then its bytes would be taken between the two. Throws CONTENT_BUSY.
 */
export async function protectContent(
  collection: Pick<Collection, 'protect'>,
  digest: Digest,
  now: () => Date,
): Promise<void> {
  for (const end = performance.now() + patienceMs; ; await sleep(20)) {
    const outcome = await collection.protect(digest, new Date(now().getTime() + protectedMs));
    if (outcome === 'protected') return;
    if (performance.now() > end) throw busy(digest);
  }
}
