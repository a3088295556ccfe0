import type { Io } from '@lading/bytes';
import { algorithmOf, cosignSuffixes, type Descriptor, type Digest, isReferrersTag, referrersTag } from '@lading/oci';
import type { Repository } from '@lading/store';

/** A tag whose name says which manifest it belongs to, and what it points to. */
export interface CompanionTag {
  readonly tag: string;
  readonly descriptor: Descriptor;
}

/** Names that tags about this manifest have, whether there are any or not: first the referrers' tag, then cosign's. */
export function companionTagNames(digest: Digest): readonly string[] {
  const tag = referrersTag(digest);
  // Cosign's name for a longer digest would be too long for a tag.
  return algorithmOf(digest) === 'sha256' ? [tag, ...cosignSuffixes.map((suffix) => `${tag}${suffix}`)] : [tag];
}

export interface FindCompanionTagsOptions extends Io {
  /** `false`: not the tag under which clients list referrers. */
  readonly referrersTag?: boolean | undefined;
}

/**
 * The tags about a manifest that a repository has. What they point to may have companions of its own: cosign signs attestations so.
 * At a registry this is one request for each name; at a registry that lists referrers itself, `referrersTag()` is normally absent.
 */
export async function findCompanionTags(
  repository: Pick<Repository, 'references'>,
  digest: Digest,
  { referrersTag = true, ...io }: FindCompanionTagsOptions = {},
): Promise<readonly CompanionTag[]> {
  const names = companionTagNames(digest).filter((tag) => referrersTag || !isReferrersTag(tag));
  const found = await Promise.all(
    names.map(async (tag) => ({ tag, descriptor: await repository.references.resolve(tag, io) })),
  );
  return found.flatMap(({ tag, descriptor }) => (descriptor === undefined ? [] : [{ tag, descriptor }]));
}
