import type { Digest } from '@lading/oci';
import type { ContentStore, DirectoryStore } from '@lading/store';

/** A store that can remove content safely beside others that write and lease it, as those in folders and buckets can. */
export type CollectingStore = ContentStore & Partial<Pick<DirectoryStore, 'collect' | 'collectIngests' | 'leases'>>;

/** Removes those that are old enough and not leased in the store. Bytes of what was removed, by digest. */
export async function removeContent(
  store: CollectingStore,
  digests: readonly Digest[],
  options: { readonly olderThanMs: number; readonly signal?: AbortSignal | undefined },
): Promise<ReadonlyMap<Digest, number>> {
  const removed = new Map<Digest, number>();
  if (store.collect !== undefined) {
    for await (const { digest, size } of store.collect(digests, options)) removed.set(digest, size);
    return removed;
  }
  for (const digest of digests) {
    const info = await store.stat(digest, options);
    if (info === undefined || !isOldEnough(info.createdAt, options.olderThanMs)) continue;
    if (await store.delete(digest, options)) removed.set(digest, info.size);
  }
  return removed;
}

/** Whether the store would remove it: for previews. Its size, or undefined. */
export async function removable(
  store: CollectingStore,
  digest: Digest,
  leased: ReadonlySet<Digest>,
  olderThanMs: number,
): Promise<number | undefined> {
  if (leased.has(digest)) return undefined;
  const info = await store.stat(digest);
  return info !== undefined && isOldEnough(info.createdAt, olderThanMs) ? info.size : undefined;
}

export async function leasedIn(store: CollectingStore): Promise<ReadonlySet<Digest>> {
  return new Set(store.leases === undefined ? [] : await Array.fromAsync(store.leases()));
}

function isOldEnough(createdAt: Date | undefined, olderThanMs: number): boolean {
  return createdAt === undefined || createdAt.getTime() <= Date.now() - olderThanMs;
}
