import type { Io } from '@lading/bytes';
import type { Bucket } from './bucket.ts';
import { dataKey, type IngestState, readState } from './ingest-state.ts';
import { type ListedPart, listParts } from './multipart.ts';

/** What a writer left, as the service has it now: the parts that were sent after the last note count as well. */
export interface StoredWrite extends IngestState {
  /** Of the note. */
  readonly etag: string;
  readonly lastWritten: Date;
  /** Bytes. */
  readonly offset: number;
}

/** `undefined` when there is none, or its data is gone. Here `digest` is that of all bytes up to `offset`, in every phase. */
export async function loadWrite(bucket: Bucket, id: string, io?: Io): Promise<StoredWrite | undefined> {
  const found = await readState(bucket, id, io);
  if (found === undefined || found.state.phase === 'discard') return undefined;
  const { state, etag, modifiedAt } = found;
  const noted = sizeOf(state.upload?.parts);
  let objects = state.objects;
  let upload: IngestState['upload'];
  let isAsNoted = true;
  let lastWritten = modifiedAt;
  if (state.upload !== undefined) {
    const key = dataKey(id, objects.length);
    const listed = await listParts(bucket, key, state.upload.id, io);
    if (listed === undefined) {
      // It was completed, by a commit or by a writer that took over; or aborted, by that writer because it had no part.
      const whole = await bucket.head(key, io);
      if (whole === undefined && noted > 0) return undefined;
      if (whole !== undefined) objects = [...objects, whole.size];
      isAsNoted = (whole?.size ?? 0) === noted;
    } else {
      const parts = wholeParts(listed, state.partBytes);
      const { parts: before } = state.upload;
      isAsNoted = parts.length === before.length && parts.every(({ etag }, index) => etag === before[index]?.etag);
      upload = { id: state.upload.id, parts };
      lastWritten = new Date(Math.max(modifiedAt.getTime(), ...listed.map((part) => part.modifiedAt.getTime())));
    }
  }
  const start = objects.reduce((sum, size) => sum + size, 0) + sizeOf(upload?.parts);
  const tail = state.tail?.start === start ? state.tail : undefined;
  const digest = isAsNoted && state.phase !== 'commit' ? state.digest : undefined;
  return { ...state, objects, upload, tail, digest, etag, lastWritten, offset: start + (tail?.size ?? 0) };
}

/** From the first on without a gap. A short one is the end of a commit that broke off: more may not follow it, so it does not count. */
function wholeParts(listed: readonly ListedPart[], partBytes: number): readonly ListedPart[] {
  const end = listed.findIndex(({ number, size }, index) => number !== index + 1 || size !== partBytes);
  return end < 0 ? listed : listed.slice(0, end);
}

function sizeOf(parts: readonly { readonly size: number }[] = []): number {
  return parts.reduce((sum, { size }) => sum + size, 0);
}
