// What the tests of hostile archives share.
import assert from 'node:assert/strict';
import type { TestContext } from 'node:test';
import { type Bytes, collect, fromBuffer } from '@lading/bytes';
import { isLadingError } from '@lading/errors';
import { createMemoryRepository, openDirectoryStore } from '@lading/store';
import { readTar, writeTar } from '@lading/tar';
import { temporaryFolder } from '@lading/testkit';
import { archiveMember } from '../archive/archive-member.ts';
import { planBundle, writeBundle } from '../bundle/plan-bundle.ts';
import { stageBundle } from '../bundle/stage-bundle.ts';
import { trustFile } from '../bundle/trust-file.ts';
import { sampleFamily } from '../internal/sample-family.ts';

export const maxBytes: number = 64 << 20;
export type Store = Awaited<ReturnType<typeof openDirectoryStore>>;

export async function sampleBundle(): Promise<Buffer> {
  const source = createMemoryRepository();
  await sampleFamily(source);
  const image = { repository: source, from: '1.0', names: ['app:1.0'], repositoryName: 'app' };
  const plan = await planBundle([image], { trust: [trustFile('key.pub', Buffer.from('key'))] });
  return collect(writeBundle(plan), { maxBytes, what: 'bundle' });
}

/** The members of an archive, to be changed. */
export async function membersOf(archive: Uint8Array): Promise<Map<string, Buffer>> {
  const members = new Map<string, Buffer>();
  for await (const { path, type, content } of readTar(fromBuffer(archive))) {
    if (type === 'file') members.set(path, await collect(content, { maxBytes, what: path }));
  }
  return members;
}

export async function tarOf(members: Iterable<readonly [string, Uint8Array]>): Promise<Buffer> {
  return collect(writeTar([...members].map(([path, bytes]) => archiveMember(path, bytes))), { maxBytes, what: 'tar' });
}

/** Staging fails with one of these codes, and leaves nothing: no blob, no ingest, no lease. */
export async function refused(
  store: Store,
  bytes: Uint8Array | Bytes,
  pattern: RegExp,
  ...codes: string[]
): Promise<void> {
  const stream = bytes instanceof Uint8Array ? fromBuffer(bytes) : bytes;
  await assert.rejects(stageBundle(stream, { where: 'b.tar', content: store }), (error) => {
    assert.ok(isLadingError(error), String(error));
    assert.ok(codes.includes(error.code), `${error.code}: ${error.message}`);
    assert.match(error.message, pattern);
    return true;
  });
  await assertEmpty(store);
}

export async function assertEmpty(store: Store): Promise<void> {
  assert.deepEqual(await Array.fromAsync(store.list()), []);
  assert.deepEqual(await Array.fromAsync(store.leases()), []);
  assert.equal(await store.collectIngests(-1000), 0, 'no write is left');
}

export async function emptyStore(t: TestContext): Promise<Store> {
  return openDirectoryStore(await temporaryFolder(t));
}
