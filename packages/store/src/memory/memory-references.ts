import type { Io } from '@lading/bytes';
import { throwIfAborted } from '@lading/errors';
import { type Descriptor, type Digest, isDigest } from '@lading/oci';
import { linksOf, type ManifestLinks } from '../internal/manifest-links.ts';
import { assertTaggable, manifestUnknown, page, refusal } from '../internal/tag-rules.ts';
import type { Page, ReferenceStore, ReferrersFilter, TagOptions, TagOutcome } from '../reference-store.ts';

/** Tags and referrers of one repository in this process's memory. */
export function createMemoryReferences(): ReferenceStore {
  const manifests = new Map<Digest, { readonly descriptor: Descriptor; readonly links: ManifestLinks }>();
  const tags = new Map<string, Descriptor>();

  return {
    async resolve(reference: string | Digest, io?: Io): Promise<Descriptor | undefined> {
      throwIfAborted(io?.signal);
      return isDigest(reference) ? manifests.get(reference)?.descriptor : tags.get(reference);
    },

    async tag(tag: string, descriptor: Descriptor, options: TagOptions = {}): Promise<TagOutcome> {
      throwIfAborted(options.signal);
      assertTaggable(tag);
      const recorded = manifests.get(descriptor.digest);
      if (recorded === undefined) throw manifestUnknown(tag, descriptor.digest);
      const previous = tags.get(tag);
      const refused = refusal(previous, options.expected);
      if (refused !== undefined) return refused;
      tags.set(tag, recorded.descriptor);
      return previous === undefined ? { tagged: true } : { tagged: true, previous };
    },

    async untag(tag: string, io?: Io): Promise<boolean> {
      throwIfAborted(io?.signal);
      return tags.delete(tag);
    },

    async *tags(options?: Page): AsyncIterable<string> {
      for (const tag of page(tags.keys(), options)) {
        throwIfAborted(options?.signal);
        yield tag;
      }
    },

    async *referrers(digest: Digest, filter: ReferrersFilter = {}): AsyncIterable<Descriptor> {
      for (const { links } of [...manifests.values()]) {
        throwIfAborted(filter.signal);
        if (links.subject !== digest) continue;
        if (filter.artifactType !== undefined && links.descriptor.artifactType !== filter.artifactType) continue;
        yield links.descriptor;
      }
    },

    async record(descriptor: Descriptor, bytes: Uint8Array, io?: Io): Promise<void> {
      throwIfAborted(io?.signal);
      const links = linksOf(descriptor, bytes);
      const { mediaType, digest } = links.descriptor;
      manifests.set(digest, { descriptor: { mediaType, digest, size: bytes.length }, links });
    },
  };
}
