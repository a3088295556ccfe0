import { throwIfAborted } from '@lading/errors';
import { isDigest } from '@lading/oci';
import type { ReferenceStore } from '@lading/store';
import type { Manifests } from './manifests.ts';
import type { Tags } from './tags.ts';

/** The ReferenceStore of one repository. */
export function createReferences(repository: string, manifests: Manifests, tags: Tags): ReferenceStore {
  return {
    async resolve(reference, io) {
      throwIfAborted(io?.signal);
      if (!isDigest(reference)) return tags.resolve(repository, reference);
      return (await manifests.get(repository, reference))?.descriptor;
    },
    async tag(tag, descriptor, options) {
      throwIfAborted(options?.signal);
      return tags.move(repository, tag, descriptor, options);
    },
    async untag(tag, io) {
      throwIfAborted(io?.signal);
      return (await tags.remove(repository, tag)) !== undefined;
    },
    async *tags(page) {
      throwIfAborted(page?.signal);
      for await (const record of tags.list(repository, page)) yield record.name;
    },
    async *referrers(digest, filter) {
      throwIfAborted(filter?.signal);
      yield* manifests.referrers(repository, digest, filter);
    },
    async record(descriptor, bytes, io) {
      throwIfAborted(io?.signal);
      await manifests.record(repository, descriptor, bytes);
    },
  };
}
