import { isLadingError } from '@lading/errors';
import type { Digest } from '@lading/oci';
import type { RegistryManners } from './registry-manners.ts';
import { finishUpload, openUpload, pushCall, type UploadTarget, uploadLocation } from './upload-session.ts';

export interface HeldContent {
  readonly content: Uint8Array;
  readonly digest: Digest;
}

/**
 * Pushes a small blob: in one POST where the registry takes that, in a POST and a PUT elsewhere. A registry that does not take it answers
 * as if there had been no content, so it is tried once. OCI distribution-spec 1.1 §pushing-a-blob-monolithically, §single-post.
 */
export async function pushHeld(
  target: UploadTarget,
  manners: RegistryManners,
  { content, digest }: HeldContent,
  signal: AbortSignal | undefined,
): Promise<void> {
  // A session whose PUT failed half-way is of no more use: both steps are repeated together.
  await target.connection.repeat(signal, async () => {
    const location =
      manners.singlePost === false
        ? (await openUpload(target, { signal, repeat: false })).location
        : await postWhole(target, manners, { content, digest }, signal);
    if (location !== undefined) await finishUpload(target, location, digest, { body: content, signal, repeat: false });
  });
}

/** Undefined when that was all; else the session that the registry opened instead. */
async function postWhole(
  target: UploadTarget,
  manners: RegistryManners,
  { content, digest }: HeldContent,
  signal: AbortSignal | undefined,
): Promise<URL | undefined> {
  const action = `push blob ${digest}`;
  try {
    const answer = await target.connection.head({
      ...pushCall(target),
      method: 'POST',
      path: `/v2/${target.repository}/blobs/uploads/?digest=${encodeURIComponent(digest)}`,
      action,
      expect: [201, 202],
      headers: { 'content-type': 'application/octet-stream' },
      body: content,
      signal,
      repeat: false,
    });
    manners.singlePost = answer.status === 201;
    return manners.singlePost ? undefined : await uploadLocation(target, action, answer);
  } catch (error) {
    if (manners.singlePost === true || !isLadingError(error, 'REGISTRY_RESPONSE', 'REGISTRY_UNSUPPORTED')) throw error;
    manners.singlePost = false;
    return (await openUpload(target, { signal, repeat: false })).location;
  }
}
