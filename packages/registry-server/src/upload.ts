import { isLadingError } from '@lading/errors';
import { type Digest, isDigest } from '@lading/oci';
import type { Ingest } from '@lading/store';
import { type Answer, empty, problem } from './answer.ts';
import { type Exchange, header, type Registry } from './exchange.ts';
import { parseContentRange } from './internal/range.ts';
import type { Upload } from './internal/uploads.ts';

/** distribution-spec 1.1 §pushing blobs: begins an upload, or mounts, or takes the whole blob in one POST. */
export async function beginUpload(registry: Registry, name: string, exchange: Exchange): Promise<Answer> {
  const mount = exchange.query.get('mount');
  if (mount !== null && isDigest(mount)) {
    const mounted = await mountBlob(registry, name, mount, exchange.query.get('from'));
    if (mounted !== undefined) return mounted;
  }
  const digest = exchange.query.get('digest');
  if (digest !== null && !isDigest(digest)) return problem(400, 'DIGEST_INVALID', `"${digest}" is not a digest`);
  const upload = await registry.uploads.begin(name);
  if (digest === null) return accepted(upload, 0);
  const answer = await upload.use(exchange.request, (ingest) => finish(registry, upload, ingest, digest, exchange));
  return answer ?? unknownUpload(upload.id);
}

/** A blob that this registry has needs no upload; without `from`, any repository's will do. */
async function mountBlob(
  registry: Registry,
  name: string,
  digest: Digest,
  from: string | null,
): Promise<Answer | undefined> {
  const sources = from === null ? await registry.catalog.repositoriesOf(digest) : [from];
  const [source] = sources;
  const size = source === undefined ? undefined : await registry.catalog.blob(source, digest);
  if (size === undefined || (await registry.content.stat(digest)) === undefined) return undefined;
  await registry.catalog.linkBlob(name, digest, size);
  return created(name, digest);
}

/** One chunk, or a stream of unknown length. */
export async function patchUpload(registry: Registry, name: string, id: string, exchange: Exchange): Promise<Answer> {
  const upload = registry.uploads.find(name, id);
  const answer = await upload?.use(exchange.request, async (ingest) => {
    const refused = refuseChunk(upload, ingest.offset, exchange);
    if (refused !== undefined) return refused;
    await ingest.append(exchange.request, { signal: exchange.signal });
    return accepted(upload, ingest.offset);
  });
  return answer ?? unknownUpload(id);
}

/** The last chunk, if any, and the digest of the whole. */
export async function putUpload(registry: Registry, name: string, id: string, exchange: Exchange): Promise<Answer> {
  const digest = exchange.query.get('digest');
  if (digest === null) return problem(400, 'DIGEST_INVALID', 'The parameter "digest" is missing');
  if (!isDigest(digest)) return problem(400, 'DIGEST_INVALID', `"${digest}" is not a digest`);
  const upload = registry.uploads.find(name, id);
  const answer = await upload?.use(exchange.request, async (ingest) => {
    const refused = refuseChunk(upload, ingest.offset, exchange);
    return refused ?? finish(registry, upload, ingest, digest, exchange);
  });
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
    registry.uploads.end(id);
    return empty(204);
  });
  return aborted ?? unknownUpload(id);
}

async function finish(
  registry: Registry,
  upload: Upload,
  ingest: Ingest,
  digest: Digest,
  exchange: Exchange,
): Promise<Answer> {
  await ingest.append(exchange.request, { signal: exchange.signal });
  try {
    const { size } = await ingest.commit({ digest });
    registry.uploads.end(upload.id);
    await registry.catalog.linkBlob(upload.repository, digest, size);
    return created(upload.repository, digest);
  } catch (error) {
    if (!isLadingError(error, 'DIGEST_MISMATCH')) throw error;
    registry.uploads.end(upload.id);
    return problem(400, 'DIGEST_INVALID', error.message);
  }
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
  const length = header(exchange, 'content-length');
  if (length !== undefined && Number(length) !== range.end - range.start + 1) {
    return problem(400, 'SIZE_INVALID', `Content-Length ${length} contradicts Content-Range ${text}`);
  }
  return undefined;
}

function progress(upload: Upload, offset: number): Record<string, string> {
  return {
    Location: `/v2/${upload.repository}/blobs/uploads/${upload.id}`,
    Range: `0-${Math.max(0, offset - 1)}`,
    'Docker-Upload-UUID': upload.id,
  };
}

function accepted(upload: Upload, offset: number): Answer {
  return empty(202, progress(upload, offset));
}

function created(name: string, digest: Digest): Answer {
  return empty(201, { Location: `/v2/${name}/blobs/${digest}`, 'Docker-Content-Digest': digest });
}

function unknownUpload(id: string): Answer {
  return problem(404, 'BLOB_UPLOAD_UNKNOWN', `There is no upload ${id} in this repository`);
}
