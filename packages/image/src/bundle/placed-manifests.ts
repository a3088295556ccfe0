import type { Digest } from '@lading/oci';
import type { Repository } from '@lading/store';
import { companionTagNames } from '../copy/companion-tags.ts';
import type { BundleContents } from './bundle-contents.ts';
import type { ManifestGraph } from './manifest-graph.ts';

/** Where an image of a bundle is to appear. What belongs to it follows by itself. */
export interface Placement {
  readonly image: Digest;
  /** Its content is the store that the bundle was staged in. */
  readonly repository: Repository;
  /** Without one the image can be had by its digest. */
  readonly tag?: string | undefined;
}

/** What goes into one repository. */
export interface PlacedManifests {
  readonly repository: Repository;
  readonly manifests: ReadonlySet<Digest>;
  /** Tags that are named after one of the manifests. */
  readonly companions: ReadonlyMap<string, Digest>;
}

/** For each repository: its images with everything below them, what refers to any of that, and the companions of any of that. */
export function placedManifests(
  contents: BundleContents,
  graph: ManifestGraph,
  placements: readonly Placement[],
): readonly PlacedManifests[] {
  const byName = new Map<string, { repository: Repository; manifests: Set<Digest>; companions: Map<string, Digest> }>();
  for (const { image, repository } of placements) {
    const placed = byName.get(repository.name) ?? { repository, manifests: new Set(), companions: new Map() };
    byName.set(repository.name, placed);
    for (const digest of graph.below(image)) placed.manifests.add(digest);
  }
  const tags = companionTagsIn(contents);
  const referrers = Map.groupBy(contents.manifests, ({ subject }) => subject);
  for (const { manifests, companions } of byName.values()) {
    // The set grows while it is walked: what belongs to an image may have something that belongs to it.
    for (const digest of manifests) {
      for (const tag of companionTagNames(digest)) {
        const companion = tags.get(tag);
        if (companion === undefined) continue;
        companions.set(tag, companion);
        for (const each of graph.below(companion)) manifests.add(each);
      }
      for (const { descriptor } of referrers.get(digest) ?? []) {
        for (const each of graph.below(descriptor.digest)) manifests.add(each);
      }
    }
  }
  return [...byName.values()];
}

function companionTagsIn({ manifests }: BundleContents): ReadonlyMap<string, Digest> {
  const tags = new Map<string, Digest>();
  for (const { kind, names, descriptor } of manifests) {
    if (kind !== 'companion') continue;
    for (const name of names) tags.set(name.slice(name.lastIndexOf(':') + 1), descriptor.digest);
  }
  return tags;
}
