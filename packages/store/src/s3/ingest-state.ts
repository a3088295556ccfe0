import { randomUUID } from 'node:crypto';
import { collect, type Io } from '@lading/bytes';
import { algorithmOf, type Digest, hexOf, isDigest } from '@lading/oci';
import { isGone } from '../internal/process-mark.ts';
import type { Bucket } from './bucket.ts';
import type { Part } from './multipart.ts';

/** What others need to go on with a write: the object `ingest/<id>/state`. */
export interface IngestState {
  /** New with every change, so that the ETag is new too: a change is made only over the version that was read. */
  readonly stamp: string;
  /** The process mark of who made the last change. */
  readonly writer: string;
  /**
   * `commit`: its data is about to become visible, nobody else may touch it. `discard`: all of it, the objects under `data/<id>/` included,
   * is to go unless the blob `digest` is made of them.
   */
  readonly phase: 'open' | 'suspended' | 'commit' | 'discard';
  /** The size of each part but the last of an upload, in bytes. */
  readonly partBytes: number;
  /** The sizes of the objects `data/<id>/0`, `1`, … that are whole. */
  readonly objects: readonly number[];
  /** The multipart upload of the next object. */
  readonly upload?: { readonly id: string; readonly parts: readonly Part[] } | undefined;
  /** Bytes that do not make a part yet. It counts while `start`, in bytes, is where all the above ends. */
  readonly tail?: { readonly key: string; readonly start: number; readonly size: number } | undefined;
  /** Of all the bytes above; in phase `commit` of the blob. Unknown to a writer that did not see them all. */
  readonly digest?: Digest | undefined;
}

export interface StoredState {
  readonly state: IngestState;
  readonly etag: string;
  readonly modifiedAt: Date;
}

const maxStateBytes = 4 << 20;
/**
 * Of a writer on another machine nothing is known but when it last wrote. Longer than any request and its repetitions take, except to make one
 * object of many parts, for which two writers may ask: it is the same object.
 */
export const abandonedMs: number = 5 * 60_000;

/** An id that names the digest, where it is known beforehand, so that the write can be found by it. */
export function newIngestId(digest: Digest | undefined): string {
  return digest === undefined ? randomUUID() : `${idPrefix(digest)}${randomUUID()}`;
}

export function idPrefix(digest: Digest): string {
  return `${algorithmOf(digest)}-${hexOf(digest)}-`;
}

/** Whether the digest was known when the write began. */
export function isAnnounced(id: string): boolean {
  return id.startsWith('sha');
}

/** An id is a part of keys: nothing else may be reached by it. */
export function isIngestId(id: string): boolean {
  return /^(?:sha256-[0-9a-f]{64}-|sha512-[0-9a-f]{128}-)?[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/.test(id);
}

export function stateKey(id: string): string {
  return `ingest/${id}/state`;
}

export function dataKey(id: string, index: number): string {
  return `data/${id}/${index}`;
}

/** `undefined` where there is none, or none that can be gone on with. */
export async function readState(bucket: Bucket, id: string, io?: Io): Promise<StoredState | undefined> {
  const found = await bucket.get(stateKey(id), io);
  if (found === undefined) return undefined;
  const text = await collect(found.body, { maxBytes: maxStateBytes, what: `the state of ingest ${id}` });
  const state = parseState(text.toString());
  return state && { state, etag: found.info.etag, modifiedAt: found.info.modifiedAt };
}

/** Whether its writer is certainly not at it any more: it suspended it, or its process is gone. */
export function isReleased({ phase, writer }: IngestState): boolean {
  return phase === 'suspended' || isGone(writer);
}

/** Whether nobody has it in hand, as far as can be told: it is released, or nothing was written for so long. */
export function isAbandoned(state: IngestState, lastWritten: Date): boolean {
  return isReleased(state) || Date.now() - lastWritten.getTime() > abandonedMs;
}

/** Only what this store wrote is read; what does not look so counts as absent and is collected. */
function parseState(text: string): IngestState | undefined {
  try {
    const state = JSON.parse(text) as IngestState;
    const valid =
      typeof state.stamp === 'string' &&
      typeof state.writer === 'string' &&
      ['open', 'suspended', 'commit', 'discard'].includes(state.phase) &&
      Number.isSafeInteger(state.partBytes) &&
      Array.isArray(state.objects) &&
      (state.upload === undefined || Array.isArray(state.upload.parts)) &&
      (state.digest === undefined || isDigest(state.digest));
    return valid ? state : undefined;
  } catch {
    return undefined;
  }
}
