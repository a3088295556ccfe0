import type { Digest } from '@lading/oci';
import type { Lease } from '../content-store.ts';

/** A lease of content that is never collected, or not by whoever asks for leases. */
export function needlessLease(content: Digest | readonly Digest[], ttlMs: number): Lease {
  const expiresAt = new Date(Date.now() + ttlMs);
  return { digests: [content].flat(), expiresAt, renew: async () => {}, release: async () => {} };
}
