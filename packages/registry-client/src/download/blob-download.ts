import type { ByteRange, Bytes } from '@lading/bytes';
import { LadingError, throwIfAborted } from '@lading/errors';
import type { RetryPolicy } from '../retry.ts';
import { askForBlob, type BlobAnswer, type BlobSource } from './blob-answer.ts';
import { resuming } from './resuming.ts';
import { type OpenRange, Windows, windowBytes } from './windows.ts';

export interface BlobDownloadOptions {
  readonly source: BlobSource;
  readonly range?: ByteRange | undefined;
  /** The range, or RANGE_UNSUPPORTED: nothing else is read for it. */
  readonly seek?: boolean | undefined;
  /** Of the whole blob, where the caller knows. */
  readonly size: number | undefined;
  readonly retries: RetryPolicy;
  readonly signal?: AbortSignal | undefined;
}

/** Less is not worth further connections. */
const manyBytes = 32 << 20;
/** How long the first stream is watched, counted in waiting for it. */
const watchedMs = 500;
/** A stream that gives so much is limited by this machine, not by its connection: measured over loopback, one stream is fastest. */
const fastBytesPerMs = 50_000;

/**
 * The bytes of a blob or of a range; undefined when it is absent. What breaks goes on where it stopped. A big blob that comes slowly over
 * one connection is fetched over several. Nothing is verified here.
 */
export async function downloadBlob(options: BlobDownloadOptions): Promise<Bytes | undefined> {
  const { source, range = { start: 0 }, signal } = options;
  const answer = await askForBlob(source, range, { signal });
  if (answer === undefined) return undefined;
  if (options.seek === true && !answer.partial && (range.start > 0 || range.end !== undefined)) {
    for await (const _ of answer.bytes) break;
    const { connection, repository, digest } = source;
    throw new LadingError(
      'RANGE_UNSUPPORTED',
      `Cannot read a part of ${digest}: ${connection.registry}/${repository} gives it only whole`,
      { details: { digest, repository: `${connection.registry}/${repository}` } },
    );
  }
  return download(options, answer);
}

async function* download(
  { source, range = { start: 0 }, size, retries, signal }: BlobDownloadOptions,
  first: BlobAnswer,
): AsyncGenerator<Uint8Array, void, undefined> {
  const { etag } = first;
  const total = first.size ?? size;
  const end = total === undefined ? range.end : Math.min(range.end ?? total, total);
  if (end !== undefined && end <= range.start) {
    // A range that starts past the end of a whole answer was cut to nothing.
    if (total !== undefined && range.start > total) throw pastEnd(source, range.start, total);
    for await (const _ of first.bytes) break;
    return;
  }
  const again = async (start: number, until: number | undefined, abort: AbortSignal | undefined) => {
    const next = await askForBlob(source, { start, end: until }, { etag, signal: abort });
    if (next === undefined) throw gone(source);
    return next;
  };
  const open = async (start: number): Promise<Bytes> => (await again(start, range.end, signal)).bytes;
  const stream = resuming(first.bytes, open, { start: range.start, end, retries, signal });
  if (end === undefined || end - range.start < manyBytes) return yield* stream;

  const openRange = async (from: number, until: number, stop: AbortSignal): Promise<Bytes | undefined> => {
    const abort = signal === undefined ? stop : AbortSignal.any([signal, stop]);
    const next = await again(from, until, abort);
    if (!next.partial) {
      for await (const _ of next.bytes) break;
      return undefined;
    }
    const reopen = async (at: number): Promise<Bytes> => (await again(at, until, abort)).bytes;
    return complete(
      source,
      resuming(next.bytes, reopen, { start: from, end: until, retries, signal: abort }),
      until - from,
    );
  };
  try {
    yield* widening(stream, openRange, { start: range.start, end, ranges: first.ranges });
  } catch (error) {
    throwIfAborted(signal);
    throw error;
  }
}

/**
 * Gives the stream; once that proves slow, what comes after its next window by several requests. Until they have given something, the
 * stream goes on: where ranges are not given, it stays the only one.
 */
async function* widening(
  stream: AsyncGenerator<Uint8Array, void, undefined>,
  open: OpenRange,
  { start, end, ranges }: { readonly start: number; readonly end: number; readonly ranges: boolean },
): AsyncGenerator<Uint8Array, void, undefined> {
  let at = start;
  let waitedMs = 0;
  let windows: Windows | undefined;
  let from = end;
  let decided = false;
  try {
    while (at < from || windows === undefined) {
      const asked = performance.now();
      const { done, value } = await stream.next();
      if (done) return;
      waitedMs += performance.now() - asked;
      if (windows !== undefined && at + value.byteLength >= from && !(await windows.given)) {
        await windows.close();
        windows = undefined;
        from = end;
      }
      const chunk = windows === undefined ? value : value.subarray(0, from - at);
      at += chunk.byteLength;
      yield chunk;
      if (decided || waitedMs < watchedMs || !ranges) continue;
      decided = true;
      if (end - at < manyBytes || at - start >= waitedMs * fastBytesPerMs) continue;
      windows = Windows.reserve(open, at + windowBytes, end);
      if (windows !== undefined) from = at + windowBytes;
    }
    await stream.return();
    if (windows !== undefined) yield* windows.bytes();
  } finally {
    await stream.return();
    await windows?.close();
  }
}

/** Throws when the bytes end before they are this many. */
async function* complete(
  { connection, repository, digest }: BlobSource,
  bytes: Bytes,
  length: number,
): AsyncGenerator<Uint8Array, void, undefined> {
  let seen = 0;
  for await (const chunk of bytes) {
    seen += chunk.byteLength;
    yield chunk;
  }
  if (seen === length) return;
  throw new LadingError(
    'REGISTRY_RESPONSE',
    `Cannot pull blob ${digest} at ${connection.registry}/${repository}: a range of it ended after ${seen} of ${length} bytes`,
    { details: { registry: connection.registry, repository, digest }, transient: true },
  );
}

function gone({ connection, repository, digest }: BlobSource): LadingError {
  return new LadingError(
    'BLOB_NOT_FOUND',
    `Cannot read ${digest} to its end: ${connection.registry}/${repository} does not have it any more`,
    { details: { digest, repository: `${connection.registry}/${repository}` } },
  );
}

function pastEnd({ digest }: BlobSource, start: number, size: number): LadingError {
  return new LadingError('RANGE_INVALID', `Cannot read ${digest} from byte ${start}: it ends before`, {
    details: { digest, start, size },
  });
}
