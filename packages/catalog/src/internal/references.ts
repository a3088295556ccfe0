import { throwIfAborted } from '@lading/errors';
import { isDigest } from '@lading/oci';
import type { ReferenceStore } from '@lading/store';
import type { Actor } from '../ledger/actor.ts';
import type { Ledger } from '../ledger/ledger.ts';
import { type Manifests, recordManifest } from './manifests.ts';
import { moveTag, removeTag, type Tags } from './tags.ts';

/** The ReferenceStore of one repository; what it writes is by `by`. */
export function createReferences(
  repository: string,
  { manifests, tags, ledger }: { readonly manifests: Manifests; readonly tags: Tags; readonly ledger: Ledger },
  by: Actor | undefined,
): ReferenceStore {
  return {
    async resolve(reference, io) {
      throwIfAborted(io?.signal);
      if (!isDigest(reference)) return tags.resolve(repository, reference);
      return (await manifests.get(repository, reference))?.descriptor;
    },
    async tag(tag, descriptor, options) {
      throwIfAborted(options?.signal);
      return ledger.write(by, (page) => moveTag(page, repository, tag, descriptor.digest, options));
    },
    async untag(tag, io) {
      throwIfAborted(io?.signal);
      return (await ledger.write(by, (page) => removeTag(page, repository, tag))) !== undefined;
    },
    async *tags(page) {
      throwIfAborted(page?.signal);
      for await (const names of tags.names(repository, page)) yield* names;
    },
    async *referrers(digest, filter) {
      throwIfAborted(filter?.signal);
      yield* manifests.referrers(repository, digest, filter);
    },
    async record(descriptor, bytes, io) {
      throwIfAborted(io?.signal);
      await ledger.write(by, (page) => recordManifest(page, repository, descriptor, bytes));
    },
  };
}
