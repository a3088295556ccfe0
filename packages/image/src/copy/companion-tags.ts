import type { Io } from '@lading/bytes';
import { algorithmOf, type Descriptor, type Digest, referrersTag } from '@lading/oci';
import type { Repository } from '@lading/store';

/** A tag whose name says which manifest it belongs to, and what it points to. */
export interface CompanionTag {
  readonly tag: string;
  readonly descriptor: Descriptor;
}

/** Cosign SIGNATURE_SPEC §tag-based-discovery: signatures, attestations and the SBOMs that cosign once attached. */
const cosignSuffixes = ['.sig', '.att', '.sbom'] as const;

/** Names that tags about this manifest have, whether there are any or not: first the referrers' tag, then cosign's. */
export function companionTagNames(digest: Digest): readonly string[] {
  const tag = referrersTag(digest);
  // Cosign's name for a longer digest would be too long for a tag.
  return algorithmOf(digest) === 'sha256' ? [tag, ...cosignSuffixes.map((suffix) => `${tag}${suffix}`)] : [tag];
}

/**
 * The tags about a manifest that a repository has. What they point to may have companions of its own: cosign signs attestations so.
 * At a registry this is one request for each name; at a registry that lists referrers itself, `referrersTag()` is normally absent.
 */
export async function findCompanionTags(
  repository: Pick<Repository, 'references'>,
  digest: Digest,
  io: Io = {},
): Promise<readonly CompanionTag[]> {
  const found = await Promise.all(
    companionTagNames(digest).map(async (tag) => ({ tag, descriptor: await repository.references.resolve(tag, io) })),
  );
  return found.flatMap(({ tag, descriptor }) => (descriptor === undefined ? [] : [{ tag, descriptor }]));
}
