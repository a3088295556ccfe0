import type { Bytes } from '@lading/bytes';
import type { Descriptor } from '@lading/oci';
import type { CompleteOptions, Ingest } from './content-store.ts';

/** Brings the last bytes of a write and commits it, in one step where the store has one. Rejects as `append` and `commit` do. */
export async function complete(
  ingest: Ingest,
  bytes: Bytes,
  expected: Partial<Descriptor>,
  io: CompleteOptions = {},
): Promise<Descriptor> {
  if (ingest.complete !== undefined) return ingest.complete(bytes, expected, io);
  await ingest.append(bytes, io);
  await io.ready?.();
  return ingest.commit(expected, io);
}
