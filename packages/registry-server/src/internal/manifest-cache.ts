import type { Digest } from '@lading/oci';

export interface ManifestCache {
  get(digest: Digest): Uint8Array | undefined;
  set(digest: Digest, bytes: Uint8Array): void;
  /** For what was purged. */
  delete(digest: Digest): void;
}

/** Manifests, and small blobs, that were just read: content never changes under a digest, so nothing goes stale; it is pushed out, or purged. */
export function createManifestCache(maxBytes: number = 64 << 20): ManifestCache {
  const entries = new Map<Digest, Uint8Array>();
  let held = 0;
  return {
    get(digest) {
      const bytes = entries.get(digest);
      if (bytes === undefined) return undefined;
      // Last used is last in the map, which is what leaves it in when others are pushed out.
      entries.delete(digest);
      entries.set(digest, bytes);
      return bytes;
    },
    set(digest, bytes) {
      if (bytes.length > maxBytes / 8 || entries.has(digest)) return;
      entries.set(digest, bytes);
      held += bytes.length;
      for (const [oldest, old] of entries) {
        if (held <= maxBytes) break;
        entries.delete(oldest);
        held -= old.length;
      }
    },
    delete(digest) {
      held -= entries.get(digest)?.length ?? 0;
      entries.delete(digest);
    },
  };
}
