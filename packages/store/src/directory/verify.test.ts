import assert from 'node:assert/strict';
import { chmod, mkdir, readFile, stat, truncate, unlink, writeFile } from 'node:fs/promises';
import { join, relative } from 'node:path';
import { test } from 'node:test';
import { isLadingError } from '@lading/errors';
import { type Digest, digestOf, hexOf } from '@lading/oci';
import { temporaryFolder } from '@lading/testkit';
import { put } from '../put.ts';
import { sampleBytes } from '../testing/bytes-samples.ts';
import { type DirectoryStore, openDirectoryStore } from './directory-store.ts';
import type { VerifyProgress } from './verify-blobs.ts';

/** Content whose file was changed behind the store's back. */
async function putDamaged(
  store: DirectoryStore,
  seed: number,
  damage: (path: string) => Promise<void>,
): Promise<Digest> {
  const { digest } = await put(store, sampleBytes(700_000, seed));
  await chmod(store.localPath(digest), 0o644);
  await damage(store.localPath(digest));
  return digest;
}

test('verify() names each damage and nothing else, and tells how much it read', async (t) => {
  const store = await openDirectoryStore(await temporaryFolder(t));
  const whole = await put(store, sampleBytes(900_000, 1));
  await put(store, Buffer.alloc(0));
  const bitRot = await putDamaged(store, 2, async (path) => writeFile(path, 'x', { flag: 'r+' }));
  const emptied = await putDamaged(store, 3, async (path) => truncate(path, 0));
  const cut = await putDamaged(store, 4, async (path) => truncate(path, 4096));
  const folder = await putDamaged(store, 5, async () => {});
  assert.ok(await store.delete(folder));
  await mkdir(store.localPath(folder));
  const blobs = join(store.root, 'blobs');
  const sha512 = hexOf(digestOf('x', 'sha512'));
  await writeFile(join(blobs, 'sha256', sha512), 'x');
  await writeFile(join(blobs, 'sha256', 'notes.txt'), 'abc');
  await writeFile(join(blobs, 'README'), 'abcd');
  const steps: VerifyProgress[] = [];
  const found = await Array.fromAsync(store.verify({ onProgress: (step) => steps.push(step) }));
  const name = (digest: Digest): string => join('sha256', hexOf(digest));
  assert.deepEqual(
    Object.fromEntries(found.map(({ path, problem, size }) => [relative(blobs, path), [problem, size]])),
    {
      README: ['foreign', 4],
      [name(bitRot)]: ['digest', 700_000],
      [name(emptied)]: ['empty', 0],
      [name(cut)]: ['digest', 4096],
      [name(folder)]: ['foreign', 0],
      [`sha256/${sha512}`]: ['misplaced', 1],
      'sha256/notes.txt': ['foreign', 3],
    },
  );
  assert.deepEqual(steps.at(-1), { blobs: 5, bytes: whole.size + 700_000 + 4096 });
});

test('verify() puts damaged files in quarantine, and the store takes them anew', async (t) => {
  const store = await openDirectoryStore(await temporaryFolder(t));
  const digest = await putDamaged(store, 1, async (path) => writeFile(path, 'x', { flag: 'r+' }));
  const foreign = join(store.root, 'blobs', 'README');
  await writeFile(foreign, 'abc');
  const found = await Array.fromAsync(store.verify({ quarantine: true }));
  const quarantined = found.find((damage) => damage.digest === digest)?.quarantined;
  assert.equal(quarantined, join(store.root, 'damaged', `sha256.${hexOf(digest)}`));
  assert.equal((await readFile(quarantined)).length, 700_000);
  assert.equal(await store.stat(digest), undefined);
  assert.ok(await stat(foreign), 'what is not the store’s is not moved');
  await put(store, sampleBytes(700_000, 1));
  await unlink(foreign);
  assert.deepEqual(await Array.fromAsync(store.verify()), []);
});

test('verify() of given digests reads only those, and says which are absent', async (t) => {
  const store = await openDirectoryStore(await temporaryFolder(t));
  const whole = await put(store, sampleBytes(1000, 1));
  await putDamaged(store, 2, async (path) => truncate(path, 1));
  const absent = digestOf('absent');
  const found = await Array.fromAsync(store.verify({ digests: [whole.digest, absent] }));
  assert.deepEqual(
    found.map(({ digest, problem }) => [digest, problem]),
    [[absent, 'absent']],
  );
});

test('verify() takes a blob that is healed while it is read for whole', async (t) => {
  const store = await openDirectoryStore(await temporaryFolder(t));
  const digest = await putDamaged(store, 1, async (path) => writeFile(path, 'x', { flag: 'r+' }));
  let healing: Promise<unknown> | undefined;
  const onProgress = (): void => {
    healing ??= put(store, sampleBytes(700_000, 1));
  };
  const found = store.verify({
    digests: (async function* () {
      yield digest;
      await healing;
    })(),
    onProgress,
    quarantine: true,
  });
  for await (const { problem, quarantined } of found) {
    // Reading may have ended before the new file was there; then the old one was put aside, never the new one.
    assert.equal(problem, 'digest');
    if (quarantined !== undefined) assert.equal((await readFile(quarantined))[0], 'x'.charCodeAt(0));
  }
  await healing;
  assert.deepEqual(await Array.fromAsync(store.verify()), []);
});

test('verify() ends with INTERRUPTED', async (t) => {
  const store = await openDirectoryStore(await temporaryFolder(t));
  await put(store, sampleBytes(1_500_000, 1));
  const stop = new AbortController();
  const reading = Array.fromAsync(store.verify({ signal: stop.signal, onProgress: () => stop.abort() }));
  await assert.rejects(reading, (error) => isLadingError(error, 'INTERRUPTED'));
});
