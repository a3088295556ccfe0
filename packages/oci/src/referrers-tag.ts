import { algorithmOf, type Digest, hexOf } from './digest.ts';

/**
 * The tag under which clients keep an index of what refers to a digest where a registry does not.
 * OCI distribution-spec 1.1 §referrers-tag-schema: no more than 64 characters of the encoded part.
 */
export function referrersTag(digest: Digest): string {
  return `${algorithmOf(digest)}-${hexOf(digest).slice(0, 64)}`;
}
