import { isLadingError } from '@lading/errors';
import { type Digest, isDigest, isRepositoryName } from '@lading/oci';
import { complete, type ExpectedContent, type Ingest } from '@lading/store';
import { type Answer, empty, problem } from './answer.ts';
import { type Exchange, header, type Registry } from './exchange.ts';
import { actorOf, happened } from './internal/happened.ts';
import { parseContentRange } from './internal/range.ts';
import type { Upload } from './internal/uploads.ts';
import { linkContent } from './policy/link-content.ts';

/** distribution-spec 1.1 §pushing blobs: begins an upload, or mounts, or takes the whole blob in one POST. */
export async function beginUpload(registry: Registry, name: string, exchange: Exchange): Promise<Answer> {
  const { query } = exchange;
  const mount = query.get('mount');
  if (mount !== null && isDigest(mount)) {
    const mounted = await mountBlob(registry, name, mount, exchange);
    if (mounted !== undefined) return mounted;
  }
  const digest = query.get('digest');
  if (digest !== null && !isDigest(digest)) return badDigest(digest);
  const refused = await refuseBytes(registry, name, exchange);
  if (refused !== undefined) return refused;
  if (digest !== null) return takeWhole(registry, name, digest, exchange);
  const algorithm = query.get('digest-algorithm') ?? 'sha256';
  if (algorithm !== 'sha256' && algorithm !== 'sha512') {
    return problem(400, 'DIGEST_INVALID', `The algorithm "${algorithm}" is not supported: sha256 and sha512 are`);
  }
  const begun = progress(await registry.uploads.begin(name, algorithm), 0);
  const { chunkBytes } = registry.content;
  return empty(202, chunkBytes === undefined ? begun : { ...begun, 'OCI-Chunk-Min-Length': chunkBytes });
}

/**
 * A blob that this registry has needs no upload, if the caller may read it where it is: in `from`, or without that in any repository.
 * Otherwise an upload begins, as for a blob that is nowhere: whether it is there is not told to whoever may not read it.
 */
async function mountBlob(
  registry: Registry,
  name: string,
  digest: Digest,
  exchange: Exchange,
): Promise<Answer | undefined> {
  const from = exchange.query.get('from');
  if (from !== null && !isRepositoryName(from)) return undefined;
  const sources = from === null ? await registry.catalog.repositoriesOf(digest) : [from];
  const source = sources.find((repository) => registry.access.may(exchange.identity, 'pull', repository));
  const size = source === undefined ? undefined : await registry.catalog.blob(source, digest);
  if (source === undefined || size === undefined) return undefined;
  // What may not be pulled there may not be had by way of another name.
  if (registry.policy.cautionOf(source, digest)?.refusal !== undefined) return undefined;
  if ((await registry.content.stat(digest)) === undefined) return undefined;
  const refused = await registry.policy.refuseBytes(name, size, exchange.identity);
  if (refused !== undefined) return refused;
  try {
    const unlinked = await linkContent(registry, actorOf(registry, exchange), name, { digest, size });
    if (unlinked !== undefined) return unlinked;
  } catch (error) {
    // The last repository that had it lost it just now: as if it had never been there.
    if (isLadingError(error, 'BLOB_NOT_FOUND')) return undefined;
    throw error;
  }
  happened(registry, exchange, { kind: 'mount', repository: name, digest, size, detail: { from: source } });
  return created(name, digest);
}

/** A whole blob in one request. It is known by its digest, so what the store knows of that can help; and when it breaks off, it is over. */
async function takeWhole(registry: Registry, name: string, digest: Digest, exchange: Exchange): Promise<Answer> {
  const ingest = await registry.content.begin({ expected: wholeOf(digest, exchange) });
  try {
    return await finish(registry, name, ingest, digest, exchange);
  } finally {
    await ingest.abort();
  }
}

/** One chunk, or a stream of unknown length. */
export async function patchUpload(registry: Registry, name: string, id: string, exchange: Exchange): Promise<Answer> {
  const upload = registry.uploads.find(name, id);
  const answer = await upload?.use(exchange.request, async (ingest) => {
    const refused =
      refuseChunk(upload, ingest.offset, exchange) ?? (await refuseBytes(registry, name, exchange, ingest.offset));
    if (refused !== undefined) return refused;
    await unhurried(exchange, () => ingest.append(exchange.request, { signal: exchange.signal }));
    return empty(202, progress(upload, ingest.offset));
  });
  return answer ?? unknownUpload(id);
}

/** The last chunk, if any, and the digest of the whole. */
export async function putUpload(registry: Registry, name: string, id: string, exchange: Exchange): Promise<Answer> {
  const digest = exchange.query.get('digest');
  if (digest === null || !isDigest(digest)) return badDigest(digest);
  const upload = registry.uploads.find(name, id);
  if (upload === undefined) return unknownUpload(id);
  const finished = async (ingest: Ingest): Promise<Answer> => {
    const refused =
      refuseChunk(upload, ingest.offset, exchange) ?? (await refuseBytes(registry, name, exchange, ingest.offset));
    if (refused !== undefined) return refused;
    const answer = await finish(registry, name, ingest, digest, exchange);
    upload.end();
    return answer;
  };
  const answer = await upload.use(exchange.request, finished, wholeOf(digest, exchange));
  return answer ?? unknownUpload(id);
}

/**
 * How far an upload is: distribution-spec 1.1 §pushing a blob in chunks, "the position of the last uploaded byte". A chunk that still arrives
 * is ended first, so that this stays true until the next one.
 */
export async function getUpload(registry: Registry, name: string, id: string, exchange: Exchange): Promise<Answer> {
  const upload = registry.uploads.find(name, id);
  const answer = await upload?.use(exchange.request, async ({ offset }) => empty(204, progress(upload, offset)));
  return answer ?? unknownUpload(id);
}

export async function deleteUpload(registry: Registry, name: string, id: string, exchange: Exchange): Promise<Answer> {
  const upload = registry.uploads.find(name, id);
  const aborted = await upload?.use(exchange.request, async (ingest) => {
    await ingest.abort();
    upload.end();
    return empty(204);
  });
  return aborted ?? unknownUpload(id);
}

async function finish(
  registry: Registry,
  name: string,
  ingest: Ingest,
  digest: Digest,
  exchange: Exchange,
): Promise<Answer> {
  const { request, signal } = exchange;
  const ready = (): Promise<void> => registry.policy.protectContent(digest);
  let size: number;
  try {
    ({ size } = await unhurried(exchange, () => complete(ingest, request, { digest }, { signal, ready })));
  } catch (error) {
    if (!isLadingError(error, 'DIGEST_MISMATCH')) throw error;
    return problem(400, 'DIGEST_INVALID', error.message);
  }
  const refused = await linkContent(registry, actorOf(registry, exchange), name, { digest, size });
  if (refused !== undefined) return refused;
  happened(registry, exchange, { kind: 'upload', repository: name, digest, size });
  return created(name, digest);
}

/**
 * A connection on which nothing moves is closed after a while. Not while it is the registry that takes its time, with all of the request there
 * or as much as it holds: a bucket may need minutes to make one object of many parts, in the middle of a large blob and at its end.
 */
async function unhurried<T>({ request }: Exchange, work: () => Promise<T>): Promise<T> {
  const { socket } = request;
  const idleMs = socket.timeout ?? 0;
  if (idleMs === 0) return work();
  let { bytesRead } = socket;
  const watch = setInterval(() => {
    const waitsForUs = request.complete || request.readableLength >= request.readableHighWaterMark;
    if (!waitsForUs && socket.bytesRead === bytesRead) socket.destroy();
    ({ bytesRead } = socket);
  }, idleMs);
  socket.setTimeout(0);
  try {
    return await work();
  } finally {
    clearInterval(watch);
    socket.setTimeout(idleMs);
  }
}

/** Asked before they come, as far as the client says how many; `taken` are here already. */
function refuseBytes(registry: Registry, name: string, exchange: Exchange, taken = 0): Promise<Answer | undefined> {
  return registry.policy.refuseBytes(name, taken + (lengthOf(exchange) ?? 0), exchange.identity);
}

/** A chunk must start where the last one ended: distribution-spec 1.1 §pushing a blob in chunks. */
function refuseChunk(upload: Upload, offset: number, exchange: Exchange): Answer | undefined {
  const text = header(exchange, 'content-range');
  if (text === undefined) return undefined;
  const range = parseContentRange(text);
  if (range === undefined)
    return problem(400, 'BLOB_UPLOAD_INVALID', `Content-Range "${text}" is not of the form start-end`);
  if (range.start !== offset) {
    return problem(416, 'BLOB_UPLOAD_INVALID', `The chunk starts at ${range.start}, the upload is at ${offset}`, {
      headers: progress(upload, offset),
    });
  }
  const length = lengthOf(exchange);
  if (length !== undefined && length !== range.end - range.start + 1) {
    return problem(400, 'SIZE_INVALID', `Content-Length ${length} contradicts Content-Range ${text}`);
  }
  return undefined;
}

/** The content of which this request brings all. */
function wholeOf(digest: Digest, exchange: Exchange): ExpectedContent {
  const size = lengthOf(exchange);
  return size === undefined ? { digest } : { digest, size };
}

/** What the client says that the body of its request has, in bytes. */
function lengthOf(exchange: Exchange): number | undefined {
  const text = header(exchange, 'content-length');
  return text === undefined ? undefined : Number(text);
}

function progress(upload: Upload, offset: number): Record<string, string> {
  return {
    Location: `/v2/${upload.repository}/blobs/uploads/${upload.id}`,
    Range: `0-${Math.max(0, offset - 1)}`,
    'Docker-Upload-UUID': upload.id,
  };
}

function created(name: string, digest: Digest): Answer {
  return empty(201, { Location: `/v2/${name}/blobs/${digest}`, 'Docker-Content-Digest': digest });
}

function badDigest(digest: string | null): Answer {
  const why = digest === null ? 'The parameter "digest" is missing' : `"${digest}" is not a digest`;
  return problem(400, 'DIGEST_INVALID', why);
}

function unknownUpload(id: string): Answer {
  return problem(404, 'BLOB_UPLOAD_UNKNOWN', `There is no upload ${id} in this repository`);
}
