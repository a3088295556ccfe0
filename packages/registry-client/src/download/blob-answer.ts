import { type ByteRange, type Bytes, fromBuffer } from '@lading/bytes';
import { LadingError } from '@lading/errors';
import type { Digest } from '@lading/oci';
import type { Answer, Connection } from '../connection.ts';
import { repositoryScope } from '../scope.ts';

/** Where a blob is read. */
export interface BlobSource {
  readonly connection: Connection;
  readonly repository: string;
  readonly digest: Digest;
}

/** What a registry gave of a blob. */
export interface BlobAnswer {
  /** From the start that was asked for, also where the registry ignored the range; then it may go on past the end. */
  readonly bytes: Bytes;
  /** Of the whole blob, where the registry says. */
  readonly size: number | undefined;
  /** The registry gave the range, not the whole. */
  readonly partial: boolean;
  /** The registry says that it gives ranges. */
  readonly ranges: boolean;
  /** Strong, to be sent back in If-Range. */
  readonly etag: string | undefined;
}

/**
 * Asks for a blob or a range of it; undefined when it is absent. What an answer breaks off with is the reader's to see.
 * Throws RANGE_INVALID when the range starts past the end. OCI distribution-spec 1.1 §pulling-blobs, RFC 9110 §14.
 */
export async function askForBlob(
  { connection, repository, digest }: BlobSource,
  range: ByteRange,
  { etag, signal }: { readonly etag?: string | undefined; readonly signal?: AbortSignal | undefined } = {},
): Promise<BlobAnswer | undefined> {
  const whole = range.start === 0 && range.end === undefined;
  const answer = await connection.send({
    repository,
    path: `/v2/${repository}/blobs/${digest}`,
    scopes: [repositoryScope(repository, 'pull')],
    method: 'GET',
    action: `pull blob ${digest}`,
    expect: [200, 206, 404, 416],
    headers: {
      // Layers are compressed already, and the digest is that of the bytes as they are stored.
      'accept-encoding': 'identity',
      ...(whole ? {} : { range: rangeHeader(range), ...(etag === undefined ? {} : { 'if-range': etag }) }),
    },
    signal,
  });
  if (answer.status === 404) {
    await answer.discard();
    return undefined;
  }
  if (answer.status === 416) return pastEnd(answer, digest, range);
  const tag = answer.header('etag');
  const strong = tag?.startsWith('"') ? tag : undefined;
  if (answer.status === 200) {
    const ranges = /\bbytes\b/i.test(answer.header('accept-ranges') ?? '');
    return { bytes: from(answer.body, range.start), size: lengthOf(answer), partial: false, ranges, etag: strong };
  }
  const [, start, size] = /^bytes (\d{1,15})-\d{1,15}\/(\d{1,15}|\*)$/.exec(answer.header('content-range') ?? '') ?? [];
  if (Number(start) !== range.start) {
    await answer.discard();
    throw new LadingError(
      'REGISTRY_RESPONSE',
      `Cannot pull blob ${digest} at ${connection.registry}/${repository}: it was asked from byte ${range.start} and given from ${start ?? 'somewhere'}`,
      { details: { registry: connection.registry, repository, digest } },
    );
  }
  return {
    bytes: answer.body,
    size: size === '*' ? undefined : Number(size),
    partial: true,
    ranges: true,
    etag: strong,
  };
}

/** The length that an answer states. */
export function lengthOf(answer: Pick<Answer, 'header'>): number | undefined {
  const text = answer.header('content-length');
  return text !== undefined && /^\d{1,15}$/.test(text) ? Number(text) : undefined;
}

/** HTTP counts the last byte in, a ByteRange does not. */
function rangeHeader({ start, end }: ByteRange): string {
  return `bytes=${start}-${end === undefined ? '' : end - 1}`;
}

/** What comes before is read and dropped; nothing at all when it ends before. */
async function* from(bytes: Bytes, start: number): AsyncGenerator<Uint8Array, void, undefined> {
  let at = 0;
  for await (const chunk of bytes) {
    const skip = Math.max(0, start - at);
    at += chunk.byteLength;
    if (skip < chunk.byteLength) yield chunk.subarray(skip);
  }
}

async function pastEnd(answer: Answer, digest: Digest, { start }: ByteRange): Promise<BlobAnswer> {
  await answer.discard();
  const text = /\/(\d{1,15})\s*$/.exec(answer.header('content-range') ?? '')?.[1];
  const size = text === undefined ? undefined : Number(text);
  if (size === start)
    return { bytes: fromBuffer(new Uint8Array()), size, partial: true, ranges: true, etag: undefined };
  throw new LadingError('RANGE_INVALID', `Cannot read ${digest} from byte ${start}: it ends before`, {
    details: { digest, start, size },
  });
}
