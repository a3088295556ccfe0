import { isDigest } from '@lading/oci';
import type { ReferenceStore } from '@lading/store';
import type { Manifests } from './manifests.ts';
import type { Tags } from './tags.ts';

/** The ReferenceStore of one repository. */
export function createReferences(repository: string, manifests: Manifests, tags: Tags): ReferenceStore {
  return {
    async resolve(reference) {
      if (!isDigest(reference)) return tags.resolve(repository, reference);
      return (await manifests.get(repository, reference))?.descriptor;
    },
    tag: (tag, descriptor, options) => tags.move(repository, tag, descriptor, options),
    untag: (tag) => tags.remove(repository, tag),
    async *tags(page) {
      for await (const record of tags.list(repository, page)) yield record.name;
    },
    referrers: (digest, filter) => manifests.referrers(repository, digest, filter),
    record: (descriptor, bytes) => manifests.record(repository, descriptor, bytes),
  };
}
