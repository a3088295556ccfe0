import { randomUUID } from 'node:crypto';
import type { Io } from '@lading/bytes';
import type { Digest } from '@lading/oci';
import { processMark } from '../internal/process-mark.ts';
import { blobKey, entryOf, type Pointer } from './blob-entry.ts';
import type { Bucket } from './bucket.ts';
import { type IngestState, stateKey } from './ingest-state.ts';

/**
 * Deletes the data objects of a blob after `detach` made its pointer go away. The intent is written down first, as the state of an ingest,
 * so that a crash in between leaves nothing that nobody would find. What `detach` says; on false nothing happens.
 */
export async function discard(
  bucket: Bucket,
  { data }: Pointer,
  digest: Digest,
  detach: () => Promise<boolean>,
  io?: Io,
): Promise<boolean> {
  const state: IngestState = {
    stamp: randomUUID(),
    writer: processMark(),
    phase: 'discard',
    partBytes: 0,
    objects: [],
    digest,
  };
  await bucket.put(stateKey(data), Buffer.from(JSON.stringify(state)), { signal: io?.signal });
  const detached = await detach();
  await (detached ? deleteData(bucket, data) : bucket.delete([stateKey(data)]));
  return detached;
}

/** The data objects of an ingest, then what it wrote down. */
export async function deleteData(bucket: Bucket, id: string, io?: Io): Promise<void> {
  await deleteAll(bucket, `data/${id}/`, io);
  await deleteAll(bucket, `ingest/${id}/`, io);
}

/** Whether the visible blob of this digest is made of the data objects of this ingest. */
export async function isPublished(bucket: Bucket, id: string, digest: Digest, io?: Io): Promise<boolean> {
  const info = await bucket.head(blobKey(digest), io);
  return info !== undefined && entryOf(info).pointer?.data === id;
}

export async function deleteAll(bucket: Bucket, prefix: string, io?: Io): Promise<void> {
  const keys: string[] = [];
  for await (const { key } of bucket.list(prefix, io)) keys.push(key);
  await bucket.delete(keys, io);
}
