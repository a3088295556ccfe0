import { type FileHandle, open } from 'node:fs/promises';
import type { ServerResponse } from 'node:http';
import type { Bytes } from '@lading/bytes';
import { type Digest, isDigest } from '@lading/oci';
import { get } from '@lading/store';
import { type Answer, empty, problem } from './answer.ts';
import { type Exchange, header, type Registry } from './exchange.ts';
import { actorOf, happened } from './internal/happened.ts';
import { parseRange, type RangeRequest } from './internal/range.ts';
import { sendFile } from './internal/send-file.ts';
import type { UpstreamBlob } from './upstream/upstreams.ts';

/** distribution-spec 1.1 §pulling blobs, whole or a range (RFC 9110 §14). The bytes go out as they came in, whatever encodings are accepted. */
export async function getBlob(registry: Registry, name: string, digest: string, exchange: Exchange): Promise<Answer> {
  if (!isDigest(digest)) return problem(400, 'DIGEST_INVALID', `"${digest}" is not a digest`);
  const here = await registry.catalog.blob(name, digest);
  const coming = here === undefined ? await registry.upstreams?.blob(name, digest) : undefined;
  const size = here ?? coming?.size;
  if (size === undefined) return unknownBlob(name, digest);
  const refusal = registry.policy.cautionOf(name, digest)?.refusal;
  if (refusal !== undefined) return refusal;
  const headers = {
    'Content-Type': 'application/octet-stream',
    'Docker-Content-Digest': digest,
    'Accept-Ranges': 'bytes',
    ETag: `"${digest}"`,
    'Cache-Control': 'max-age=31536000, immutable',
  };
  if (header(exchange, 'if-none-match')?.includes(`"${digest}"`)) return empty(304, headers);
  if (exchange.method === 'HEAD') {
    // Whoever may push will not push what is here: it has to stay until a manifest refers to it.
    const pushes = here !== undefined && registry.access.may(exchange.identity, 'push', name);
    if (pushes && !(await registry.policy.leaseBlob(name, digest))) return unknownBlob(name, digest);
    return { status: 200, headers: { ...headers, 'Content-Length': size } };
  }
  const range = rangeOf(exchange, digest, size);
  if (range.kind === 'unsatisfiable') {
    return problem(416, 'SIZE_INVALID', `The blob has ${size} bytes`, {
      headers: { 'Content-Range': `bytes */${size}` },
    });
  }
  const part = range.kind === 'part' ? range : { start: 0, end: size };
  const redirect = here === undefined ? undefined : await redirectTo(registry, digest, exchange);
  const answer = redirect ?? {
    status: range.kind === 'part' ? 206 : 200,
    headers: {
      ...headers,
      ...(range.kind === 'part' ? { 'Content-Range': `bytes ${part.start}-${part.end - 1}/${size}` } : {}),
      'Content-Length': part.end - part.start,
    },
    body: await bodyOf(registry, { digest, size }, part, coming, exchange),
  };
  // A client may fetch one blob in many parts; the first stands for all of them.
  if (part.start === 0) happened(registry, exchange, { kind: 'download', repository: name, digest, size });
  return answer;
}

/** So long is enough to follow a redirect at once; whoever keeps the URL cannot use it past a quarantine for longer. */
const signedMs = 60_000;

/** To where the content store has it, in one piece or in ranges: whoever follows asks there for the range again. Undefined for handing it out here. */
async function redirectTo(
  { content, redirects }: Registry,
  digest: Digest,
  { signal }: Exchange,
): Promise<Answer | undefined> {
  const url = redirects ? await content.presign?.(digest, signedMs, { signal }) : undefined;
  if (url === undefined) return undefined;
  return empty(307, { Location: url, 'Docker-Content-Digest': digest, 'Cache-Control': 'no-store' });
}

/** `If-Range` with the digest of another content, or a date, asks for all of it: RFC 9110 §13.1.5. */
function rangeOf(exchange: Exchange, digest: Digest, size: number): RangeRequest {
  const condition = header(exchange, 'if-range');
  if (condition !== undefined && condition !== `"${digest}"`) return { kind: 'whole' };
  return parseRange(header(exchange, 'range'), size);
}

/** Of blobs that are no larger, such as configurations, those that were just read stay in memory. */
const smallBytes = 64 << 10;

/** Opened before the first header goes out, so that content that is gone is an error answer, not a broken stream. */
async function bodyOf(
  { content, manifests }: Registry,
  blob: { readonly digest: Digest; readonly size: number },
  range: { readonly start: number; readonly end: number },
  coming: UpstreamBlob | undefined,
  { signal }: Exchange,
): Promise<NonNullable<Answer['body']>> {
  const send = await coming?.open();
  if (send !== undefined) return (response, sending) => send(response, range, sending);
  const { digest, size } = blob;
  if (size <= smallBytes) {
    let bytes = manifests.get(digest);
    if (bytes === undefined) {
      bytes = await get(content, digest, { maxBytes: size, signal });
      manifests.set(digest, bytes);
    }
    return bytes.subarray(range.start, range.end);
  }
  const path = content.localPath?.(digest);
  const file = path === undefined ? undefined : await openIfThere(path);
  if (file !== undefined) return (response, sending) => sendFile(response, file, range, sending);
  const bytes = await content.open(digest, { range, signal });
  return (response) => sendBytes(response, bytes);
}

async function openIfThere(path: string): Promise<FileHandle | undefined> {
  try {
    return await open(path, 'r');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}

async function sendBytes(response: ServerResponse, bytes: Bytes): Promise<void> {
  for await (const chunk of bytes) {
    if (response.destroyed) return;
    if (!response.write(chunk)) await drained(response);
  }
  response.end();
}

/** Also when the client has gone. */
function drained(response: ServerResponse): Promise<void> {
  return new Promise((resolve) => {
    const done = (): void => {
      response.off('drain', done).off('close', done);
      resolve();
    };
    response.on('drain', done).on('close', done);
    if (response.destroyed) done();
  });
}

/** distribution-spec 1.1 §deleting blobs: the repository loses the blob; others that have it keep it. */
export async function deleteBlob(
  registry: Registry,
  name: string,
  digest: string,
  exchange: Exchange,
): Promise<Answer> {
  if (!isDigest(digest)) return problem(400, 'DIGEST_INVALID', `"${digest}" is not a digest`);
  const unlinked = await registry.catalog.unlinkBlob(name, digest, actorOf(registry, exchange));
  if (!unlinked) return unknownBlob(name, digest);
  happened(registry, exchange, { kind: 'unlink', repository: name, digest });
  return empty(202);
}

function unknownBlob(name: string, digest: Digest): Answer {
  return problem(404, 'BLOB_UNKNOWN', `The repository ${name} has no blob ${digest}`, { detail: { name, digest } });
}
