import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { access, readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { inspect } from 'node:util';
import { collect } from '@lading/bytes';
import { isLadingError, Secret } from '@lading/errors';
import { digestOf, hexOf } from '@lading/oci';
import { isLongRun } from '@lading/testkit';
import { get } from '../get.ts';
import { put } from '../put.ts';
import { inChunks, sampleBytes } from '../testing/bytes-samples.ts';
import { contentStoreContract } from '../testing/index.ts';
import { newStoreOptions, openOne, openReplicas, serverForFile } from '../testing/s3-server.ts';
import { openS3Store } from './index.ts';

const server = await serverForFile();
const mib = 1 << 20;
const maxBytes = 64 * mib;

test('importing the store loads nothing of the SDK', () => {
  const program = `
    import { createRequire } from 'node:module';
    import '@lading/store';
    import '@lading/store/s3';
    const { cache } = createRequire(import.meta.url);
    console.log(Object.keys(cache).filter((name) => name.includes('aws-sdk')).length);`;
  const args = ['--disable-warning=ExperimentalWarning', '--input-type=module', '-e', program];
  const out = execFileSync(process.execPath, args, { cwd: import.meta.dirname, encoding: 'utf8' });
  assert.equal(out.trim(), '0');
});

if (server !== undefined) {
  contentStoreContract('s3', async (t) => openOne(t, newStoreOptions(server)));

  test('small content is one object; large content is the object of its upload, and a pointer', async (t) => {
    const options = newStoreOptions(server, { partBytes: 5 * mib });
    const store = await openOne(t, options);
    const [small, large] = [sampleBytes(5 * mib, 1), sampleBytes(12 * mib, 2)];
    for (const data of [small, large]) {
      const descriptor = await put(store, data);
      assert.ok((await get(store, descriptor, { maxBytes })).equals(data));
      assert.equal((await store.stat(descriptor))?.size, data.length);
    }
    const sizes = new Map((await Array.fromAsync(store.list())).map(({ digest, size }) => [digest, size]));
    assert.deepEqual(sizes, new Map([small, large].map((data) => [digestOf(data), data.length])));
    const folder = join(server.folder, options.prefix ?? '');
    assert.deepEqual((await readdir(folder)).sort(), ['blobs', 'data', 'format'], 'nothing is left of the writes');
    assert.equal((await readdir(join(folder, 'data'))).length, 1);
    await access(join(folder, 'blobs', 'sha256', hexOf(digestOf(small))));
    assert.equal(await store.delete(digestOf(large)), true);
    assert.deepEqual((await readdir(folder)).sort(), ['blobs', 'format'], 'nor of what was deleted');
  });

  test('ranges of large content are exactly its bytes', async (t) => {
    const store = await openOne(t, newStoreOptions(server, { partBytes: 5 * mib }));
    const data = sampleBytes(11 * mib + 7, 3);
    const { digest } = await put(store, data);
    for (const [start, end] of [
      [0, 10],
      [5 * mib - 1, 5 * mib + 1],
      [data.length - 1, undefined],
      [data.length, undefined],
      [3, data.length - 3],
    ] as const) {
      const part = await collect(await store.open(digest, { range: { start, end } }), { maxBytes, what: 'range' });
      assert.ok(part.equals(data.subarray(start, end)), `${start}–${end}`);
    }
  });

  test('content that is committed again counts as new, and its former objects go', async (t) => {
    const options = newStoreOptions(server, { partBytes: 5 * mib });
    const [one, two] = await openReplicas(t, options, 2);
    const data = sampleBytes(6 * mib, 4);
    const { digest } = await put(one!, data);
    assert.ok((await get(two!, digest, { maxBytes })).equals(data));
    await put(two!, inChunks(data, mib));
    assert.equal((await readdir(join(server.folder, options.prefix ?? '', 'data'))).length, 1);
    assert.ok((await get(one!, digest, { maxBytes })).equals(data), 'also for who knew the former ones');
    assert.ok((await get(two!, digest, { maxBytes })).equals(data));
  });

  test('a list goes over the pages of the service', async (t) => {
    if (!isLongRun(t)) return;
    const store = await openOne(t, newStoreOptions(server));
    const all = Array.from({ length: 1100 }, (_, index) => Buffer.from(`blob ${index}`));
    for (let at = 0; at < all.length; at += 50) {
      await Promise.all(all.slice(at, at + 50).map((data) => put(store, data)));
    }
    const found = (await Array.fromAsync(store.list())).map(({ digest }) => digest);
    assert.deepEqual(found.sort(), all.map((data) => digestOf(data)).sort());
  });

  test('openS3Store() says which bucket is absent, and what was refused, without telling the key', async () => {
    const options = newStoreOptions(server);
    await assert.rejects(openS3Store({ ...options, bucket: 'absent' }), (error) =>
      isLadingError(error, 'STORE_NOT_FOUND'),
    );
    for (const accessKeyId of [server.accessKeyId, 'nobody']) {
      const credentials = { accessKeyId, secretAccessKey: new Secret('the-wrong-secret') };
      await assert.rejects(openS3Store({ ...options, credentials }), (error) => {
        assert.ok(isLadingError(error, 'STORE_DENIED'), String(error));
        assert.doesNotMatch(inspect(error, { depth: 9, showHidden: true }), /the-wrong-secret|Signature=|Credential=/);
        return true;
      });
    }
    const nowhere = { ...options, endpoint: 'http://127.0.0.1:9', attempts: 2 };
    await assert.rejects(openS3Store(nowhere), (error) => isLadingError(error, 'STORE_UNREACHABLE') && error.transient);
    await assert.rejects(openS3Store({ ...options, partBytes: mib }), (error) => isLadingError(error, 'USAGE'));
  });

  test('openS3Store() refuses a format that it does not know, and many may open a new store at once', async (t) => {
    const options = newStoreOptions(server);
    await openReplicas(t, options, 5);
    await writeFile(join(server.folder, options.prefix ?? '', 'format'), '{"store":"lading","version":2}');
    await assert.rejects(openS3Store(options), (error) => isLadingError(error, 'STORE_FORMAT'));
  });
}
