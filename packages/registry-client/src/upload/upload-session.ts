import type { Bytes } from '@lading/bytes';
import { isLadingError, LadingError } from '@lading/errors';
import type { Digest } from '@lading/oci';
import type { Call, Connection } from '../connection.ts';
import { pause } from '../retry.ts';
import { repositoryScope } from '../scope.ts';

/** The repository that content is pushed to, and how it is reached. */
export interface UploadTarget {
  readonly connection: Connection;
  readonly repository: string;
}

const octets = { 'content-type': 'application/octet-stream' };

/** What is common to all calls about a repository's uploads. */
export function pushCall({ repository }: UploadTarget): Pick<Call, 'repository' | 'scopes'> {
  return { repository, scopes: [repositoryScope(repository, 'pull', 'push')] };
}

/** An upload session that was opened. */
export interface OpenedUpload {
  readonly location: URL;
  /** The least that a chunk but the last must have. OCI distribution-spec 1.1 §pushing-a-blob-in-chunks. */
  readonly leastChunkBytes: number;
}

/** Opens an upload session. OCI distribution-spec 1.1 §pushing-a-blob-monolithically, POST. */
export async function openUpload(
  target: UploadTarget,
  options: { readonly signal?: AbortSignal | undefined; readonly repeat?: false } = {},
): Promise<OpenedUpload> {
  const action = 'start pushing a blob';
  const answer = await target.connection.head({
    ...pushCall(target),
    ...options,
    method: 'POST',
    path: `/v2/${target.repository}/blobs/uploads/`,
    action,
    expect: [202],
  });
  const least = Number(answer.header('oci-chunk-min-length'));
  return {
    location: await uploadLocation(target, action, answer),
    leastChunkBytes: Number.isSafeInteger(least) && least > 0 ? least : 0,
  };
}

/** The URL of the session after an answer. */
export async function uploadLocation(
  { connection, repository }: UploadTarget,
  action: string,
  answer: { header(name: string): string | undefined; readonly url: URL },
): Promise<URL> {
  const location = answer.header('location');
  const url = location === undefined ? undefined : await connection.locate(location, answer.url);
  if (url !== undefined) return url;
  throw new LadingError(
    'REGISTRY_RESPONSE',
    `Cannot ${action} at ${connection.registry}/${repository}: the answer has no usable Location`,
    { hint: 'A proxy before the registry may rewrite headers or lack X-Forwarded-Proto.', details: { location } },
  );
}

/**
 * Ends a session: the content so far, and `body` after it, is the blob `digest`.
 * When the answer to an earlier attempt was lost the session is unknown, and the blob there: that is success.
 */
export async function finishUpload(
  target: UploadTarget,
  location: URL,
  digest: Digest,
  options: {
    readonly body?: Uint8Array | Bytes;
    readonly bodyBytes?: number;
    readonly signal?: AbortSignal | undefined;
    readonly repeat?: false;
  } = {},
): Promise<void> {
  const { connection, repository } = target;
  const answer = await connection.send({
    ...pushCall(target),
    ...options,
    method: 'PUT',
    path: withDigest(location, digest),
    action: `push blob ${digest}`,
    expect: [201, 204, 404],
    headers: octets,
  });
  await answer.discard();
  if (answer.status !== 404) return;
  const there = await connection.head({
    ...pushCall(target),
    method: 'HEAD',
    path: `/v2/${repository}/blobs/${digest}`,
    action: `look for blob ${digest}`,
    expect: [200, 404],
    signal: options.signal,
  });
  if (there.status === 200) return;
  throw new LadingError(
    'INGEST_NOT_FOUND',
    `Cannot push blob ${digest} to ${connection.registry}/${repository}: the registry forgot the upload`,
    {
      hint: 'Push again. If several servers answer at that address, they must share their uploads.',
      transient: true,
    },
  );
}

/** Not through URLSearchParams: it would re-encode what the registry wrote there, which may be signed. */
function withDigest(location: URL, digest: Digest): URL {
  const url = new URL(location);
  url.search += `${url.search === '' ? '?' : '&'}digest=${encodeURIComponent(digest)}`;
  return url;
}

/** What a registry holds of a session. */
export interface UploadProgress {
  readonly offset: number;
  readonly location: URL;
}

const settleMs = 20;
const mostAsked = 10;
/** A registry that says so may not have noticed yet what else it has. */
const leastAskedOfNothing = 3;

/**
 * How much of a session the registry holds, once two answers agree: it may still be busy with what a broken connection left it. Undefined
 * when the session is gone or the answer is no use; throws when there is none.
 */
export async function uploadProgress(
  target: UploadTarget,
  location: URL,
  signal: AbortSignal | undefined,
): Promise<UploadProgress | undefined> {
  let before = await askProgress(target, location, signal);
  for (let asked = 1; before !== undefined && asked < mostAsked; asked++) {
    await pause(settleMs * asked, signal);
    const next = await askProgress(target, before.location, signal);
    const agree: boolean = next?.offset === before.offset;
    before = next;
    if (agree && (next?.offset !== 0 || asked >= leastAskedOfNothing)) break;
  }
  // `0-0` means one byte by the letter and none in practice. Which of the two is not worth finding out: a new session is sure.
  return before?.offset === 0 ? undefined : before;
}

async function askProgress(
  target: UploadTarget,
  location: URL,
  signal: AbortSignal | undefined,
): Promise<UploadProgress | undefined> {
  const action = 'ask for the state of an upload';
  const answer = await target.connection.head({
    ...pushCall(target),
    method: 'GET',
    path: location,
    action,
    expect: [200, 202, 204, 400, 404, 405, 410],
    signal,
  });
  if (answer.status >= 400) return undefined;
  const end = /^(?:bytes=)?0-(\d{1,15})$/.exec(answer.header('range') ?? '')?.[1];
  if (end === undefined) return undefined;
  const moved = answer.header('location') !== undefined;
  return {
    offset: end === '0' ? 0 : Number(end) + 1,
    location: moved ? await uploadLocation(target, action, answer) : location,
  };
}

/** Gives a session up. A registry that does not know how, or is gone, collects it on its own. */
export async function cancelUpload(target: UploadTarget, location: URL | undefined): Promise<void> {
  if (location === undefined) return;
  try {
    await target.connection.head({
      ...pushCall(target),
      method: 'DELETE',
      path: location,
      action: 'give up an upload',
      expect: [200, 202, 204, 404, 405],
      repeat: false,
      signal: AbortSignal.timeout(10_000),
    });
  } catch (error) {
    if (!isLadingError(error) && !(error instanceof Error)) throw error;
  }
}
