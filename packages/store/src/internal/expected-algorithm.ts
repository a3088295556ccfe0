import { algorithmOf, type DigestAlgorithm } from '@lading/oci';
import type { ExpectedContent } from '../content-store.ts';

/** What to hash content with that is going to be written. */
export function expectedAlgorithm({ digest, algorithm }: ExpectedContent): DigestAlgorithm {
  return digest === undefined ? (algorithm ?? 'sha256') : algorithmOf(digest);
}
