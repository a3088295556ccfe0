import { type Bytes, fromBuffer, type Io } from '@lading/bytes';
import { algorithmOf, type Descriptor, digestOf } from '@lading/oci';
import type { ContentWriter } from './content-store.ts';

/**
 * Writes content in one go: begin, append, commit; aborted when any of them fails.
 * Of bytes in memory the digest and size are known beforehand and are announced, so that a store can refuse or skip early.
 * Throws DIGEST_MISMATCH and SIZE_MISMATCH when the bytes are not what `expected` states.
 */
export async function put(
  store: ContentWriter,
  bytes: Uint8Array | Bytes,
  expected: Partial<Descriptor> = {},
  io: Io = {},
): Promise<Descriptor> {
  const known: Partial<Descriptor> =
    bytes instanceof Uint8Array
      ? { digest: digestOf(bytes, expected.digest && algorithmOf(expected.digest)), size: bytes.length, ...expected }
      : expected;
  const ingest = await store.begin({ ...io, expected: known });
  try {
    await ingest.append(bytes instanceof Uint8Array ? fromBuffer(bytes) : bytes, io);
    return await ingest.commit(known, io);
  } catch (error) {
    // The first failure is what the caller has to know; a failing abort leaves an ingest that is collected later.
    await ingest.abort().catch(() => {});
    throw error;
  }
}
