import assert from 'node:assert/strict';
import { isLadingError } from '@lading/errors';
import { type Descriptor, digestOf } from '@lading/oci';
import type { ContentStore } from '../content-store.ts';
import { get } from '../get.ts';

export const maxBytes: number = 64 << 20;
export const mediaType = 'application/octet-stream';

/** Matches errors of one of the codes. */
export function code(...wanted: Parameters<typeof isLadingError>[1][]): (error: unknown) => boolean {
  return (error) => {
    assert.ok(isLadingError(error, ...wanted), `expected ${wanted.join(' or ')}, got ${String(error)}`);
    return true;
  };
}

export function describe(data: Uint8Array, algorithm: 'sha256' | 'sha512' = 'sha256'): Descriptor {
  return { mediaType, digest: digestOf(data, algorithm), size: data.length };
}

export async function assertHolds(store: ContentStore, data: Uint8Array): Promise<void> {
  const descriptor = describe(data);
  assert.equal((await store.stat(descriptor))?.size, data.length);
  assert.ok((await get(store, descriptor, { maxBytes })).equals(data), 'the bytes come back');
}

export async function assertAbsent(store: ContentStore, target: Descriptor): Promise<void> {
  assert.equal(await store.stat(target), undefined);
  await assert.rejects(get(store, target, { maxBytes }), code('BLOB_NOT_FOUND'));
}
