import { algorithmOf, type Digest, hexOf } from './digest.ts';

/**
 * The tag under which clients keep an index of what refers to a digest where a registry does not.
 * OCI distribution-spec 1.1 §referrers-tag-schema: no more than 64 characters of the encoded part.
 */
export function referrersTag(digest: Digest): string {
  return `${algorithmOf(digest)}-${hexOf(digest).slice(0, 64)}`;
}

/** Cosign SIGNATURE_SPEC §tag-based-discovery: signatures, attestations and the SBOMs that cosign once attached. */
export const cosignSuffixes = ['.sig', '.att', '.sbom'] as const;

/** Whether a tag is named after a digest, as `referrersTag()` and cosign's tags are: what it points to belongs to another manifest. */
export function isCompanionTag(tag: string): boolean {
  const suffix = cosignSuffixes.find((each) => tag.endsWith(each)) ?? '';
  return isReferrersTag(tag.slice(0, tag.length - suffix.length));
}

/** Whether a tag is a `referrersTag()`. */
export function isReferrersTag(tag: string): boolean {
  return /^sha(256|512)-[0-9a-f]{64}$/.test(tag);
}
