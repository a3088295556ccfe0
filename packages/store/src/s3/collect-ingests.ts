import type { Io } from '@lading/bytes';
import { isLadingError } from '@lading/errors';
import { isGone, isOfThisHost } from '../internal/process-mark.ts';
import type { Bucket } from './bucket.ts';
import { deleteAll, deleteData, isPublished } from './discard.ts';
import { IngestRecord } from './ingest-record.ts';
import { dataKey, isAnnounced, readState, type StoredState, stateKey } from './ingest-state.ts';
import { abortUpload, listParts, listUploads } from './multipart.ts';

/** Removes writes that nobody has written to for so long, and what crashes left of their ends. The number of those removed. */
export async function collectIngests(bucket: Bucket, olderThanMs: number, io?: Io): Promise<number> {
  const youngest = Date.now() - olderThanMs;
  const lastWritten = new Map<string, number>();
  for await (const { key, modifiedAt } of bucket.list('ingest/', io)) {
    const [, id = ''] = key.split('/');
    lastWritten.set(id, Math.max(lastWritten.get(id) ?? 0, modifiedAt.getTime()));
  }
  let removed = 0;
  for (const [id, time] of lastWritten) {
    if (time <= youngest && (await collect(bucket, id, youngest, io))) removed++;
  }
  // Begun by a writer that died before it could write that down.
  for await (const { key, upload, beganAt } of listUploads(bucket, 'data/', io)) {
    const [, id = ''] = key.split('/');
    if (beganAt.getTime() > youngest || (await bucket.head(stateKey(id), io)) !== undefined) continue;
    await abortUpload(bucket, key, upload, io);
  }
  return removed;
}

async function collect(bucket: Bucket, id: string, youngest: number, io?: Io): Promise<boolean> {
  const stored = await readState(bucket, id, io);
  if (stored === undefined) {
    await deleteAll(bucket, `ingest/${id}/`, io);
    return true;
  }
  const { state, etag } = stored;
  const isHeld = isOfThisHost(state.writer) && !isGone(state.writer);
  if (isAnnounced(id) && isHeld && state.phase !== 'suspended') return false;
  if (await isBeingSent(bucket, id, stored, youngest, io)) return false;
  if ((state.phase === 'commit' || state.phase === 'discard') && state.digest !== undefined) {
    if (await isPublished(bucket, id, state.digest, io)) {
      await deleteAll(bucket, `ingest/${id}/`, io);
      return true;
    }
  }
  try {
    await new IngestRecord(bucket, id, etag).save({ ...state, phase: 'discard' }, io ?? {});
  } catch (error) {
    // Somebody goes on with it.
    if (isLadingError(error, 'INGEST_CLOSED')) return false;
    throw error;
  }
  if (state.upload !== undefined) await abortUpload(bucket, dataKey(id, state.objects.length), state.upload.id, io);
  await deleteData(bucket, id, io);
  return true;
}

async function isBeingSent(
  bucket: Bucket,
  id: string,
  { state }: StoredState,
  youngest: number,
  io?: Io,
): Promise<boolean> {
  if (state.upload === undefined) return false;
  const parts = await listParts(bucket, dataKey(id, state.objects.length), state.upload.id, io);
  return parts?.some(({ modifiedAt }) => modifiedAt.getTime() > youngest) ?? false;
}
