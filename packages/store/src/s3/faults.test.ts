import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { isLadingError } from '@lading/errors';
import { digestOf } from '@lading/oci';
import { isLongRun } from '@lading/testkit';
import { get } from '../get.ts';
import { put } from '../put.ts';
import { inChunks, sampleBytes } from '../testing/bytes-samples.ts';
import { startS3Proxy } from '../testing/s3-proxy.ts';
import { newStoreOptions, openOne, serverForFile } from '../testing/s3-server.ts';

const server = await serverForFile();
const mib = 1 << 20;
const maxBytes = 64 * mib;
const partBytes = 5 * mib;

const unreachable = (error: unknown): boolean => {
  assert.ok(isLadingError(error, 'STORE_UNREACHABLE'), String(error));
  assert.ok(error.transient);
  return true;
};

if (server !== undefined) {
  test('when the answer to every request is lost once, everything is done once and right', async (t) => {
    const seen = new Set<string>();
    const endpoint = await startS3Proxy(t, server.endpoint, ({ method, path, range }) => {
      const request = `${method} ${path} ${range}`;
      if (seen.has(request)) return 'none';
      seen.add(request);
      return 'forget';
    });
    const options = newStoreOptions(server, { partBytes, endpoint });
    const store = await openOne(t, options);
    const [small, large] = [sampleBytes(1000, 1), sampleBytes(11 * mib, 2)];
    for (const data of [small, large]) {
      const ingest = await store.begin();
      await ingest.append(inChunks(data.subarray(0, data.length / 2), mib));
      await ingest.append(inChunks(data.subarray(data.length / 2), mib));
      const descriptor = await ingest.commit({ digest: digestOf(data) });
      assert.ok((await get(store, descriptor, { maxBytes })).equals(data));
    }
    await (await store.lease(digestOf(small), 60_000)).release();
    assert.equal(await store.delete(digestOf(large)), true);
    for (let turn = 0; turn < 2; turn++) await put(store, large);
    await (await store.begin()).abort();
    assert.equal((await Array.fromAsync(store.collect([digestOf(small)], { olderThanMs: -1000 }))).length, 1);
    const folder = join(server.folder, options.prefix ?? '');
    assert.deepEqual((await readdir(folder)).sort(), ['blobs', 'data', 'format']);
    assert.equal((await readdir(join(folder, 'data'))).length, 1);
  });

  test('an answer that breaks is gone on with from where it broke, and no byte comes twice', async (t) => {
    if (!isLongRun(t)) return;
    const ranges: (string | undefined)[] = [];
    const endpoint = await startS3Proxy(t, server.endpoint, ({ method, path, range }) => {
      if (method !== 'GET' || !path.includes('/data/')) return 'none';
      ranges.push(range);
      return { cut: 2 * mib };
    });
    const store = await openOne(t, newStoreOptions(server, { partBytes, endpoint }));
    const data = sampleBytes(9 * mib, 3);
    const descriptor = await put(store, data);
    const read: Buffer[] = [];
    for await (const chunk of await store.open(descriptor)) read.push(Buffer.from(chunk));
    assert.ok(Buffer.concat(read).equals(data));
    assert.ok(ranges.length >= 5, `${ranges.length} requests`);
    const starts = ranges.map((range) => Number(/=(\d+)-/.exec(range ?? '')?.[1]));
    assert.ok(starts.every((start, index) => index === 0 || start > (starts[index - 1] ?? 0)));
  });

  test('a commit that fails before the pointer shows nothing, and may be made again', async (t) => {
    let broken = true;
    const endpoint = await startS3Proxy(t, server.endpoint, ({ method, path }) =>
      broken && method === 'PUT' && path.includes('/blobs/') ? 'refuse' : 'none',
    );
    const store = await openOne(t, newStoreOptions(server, { partBytes, endpoint, attempts: 2 }));
    for (const size of [1000, 7 * mib]) {
      broken = true;
      const data = sampleBytes(size, 4);
      const ingest = await store.begin();
      await ingest.append(inChunks(data, mib));
      await assert.rejects(ingest.commit(), unreachable);
      assert.equal(await store.stat(digestOf(data)), undefined);
      broken = false;
      assert.equal(ingest.offset, data.length);
      await ingest.commit();
      assert.ok((await get(store, digestOf(data), { maxBytes })).equals(data));
    }
  });

  test('a crash between the end of the upload and the pointer leaves nothing visible, and is collected', async (t) => {
    let broken = true;
    const endpoint = await startS3Proxy(t, server.endpoint, ({ method, path }) =>
      broken && method === 'PUT' && path.includes('/blobs/') ? 'refuse' : 'none',
    );
    const options = newStoreOptions(server, { partBytes, endpoint, attempts: 1 });
    const store = await openOne(t, options);
    const ingest = await store.begin();
    await ingest.append(inChunks(sampleBytes(11 * mib, 5), mib));
    await assert.rejects(ingest.commit(), unreachable);
    broken = false;
    const folder = join(server.folder, options.prefix ?? '');
    assert.equal((await readdir(join(folder, 'data', ingest.id))).length, 1, 'the upload was completed');
    const other = await openOne(t, { ...options, endpoint: server.endpoint });
    assert.deepEqual(await Array.fromAsync(other.list()), []);
    // Somebody may be about to finish it.
    await assert.rejects(other.begin({ resume: ingest.id }), (error) => isLadingError(error, 'INGEST_BUSY'));
    assert.equal(await other.collectIngests(60_000), 0);
    assert.equal(await other.collectIngests(-1000), 1);
    assert.deepEqual(await readdir(folder), ['format']);
    await assert.rejects(ingest.commit(), (error) => isLadingError(error, 'INGEST_CLOSED'));
    assert.deepEqual(await Array.fromAsync(other.list()), []);
  });

  test('parts that cannot be sent are kept, and sent again', async (t) => {
    if (!isLongRun(t)) return;
    let broken = false;
    const endpoint = await startS3Proxy(t, server.endpoint, ({ method, path }) =>
      broken && method === 'PUT' && path.includes('partNumber') ? 'refuse' : 'none',
    );
    const store = await openOne(t, newStoreOptions(server, { partBytes, endpoint, attempts: 1 }));
    const data = sampleBytes(23 * mib, 6);
    const ingest = await store.begin();
    await ingest.append(inChunks(data.subarray(0, 6 * mib), mib));
    broken = true;
    await ingest.append(inChunks(data.subarray(6 * mib), mib)).catch(unreachable);
    await assert.rejects(ingest.commit({ size: ingest.offset }), unreachable);
    assert.ok(ingest.offset > 6 * mib);
    broken = false;
    await ingest.append(inChunks(data.subarray(ingest.offset), mib));
    assert.equal((await ingest.commit()).size, data.length);
  });

  test('the service goes down and comes back in the middle of a write and of a read', async (t) => {
    const store = await openOne(t, newStoreOptions(server, { partBytes }));
    const data = sampleBytes(17 * mib, 7);
    const restart = async (): Promise<void> => {
      await server.kill();
      await sleep(100);
      await server.start();
    };
    const ingest = await store.begin({ expected: { digest: digestOf(data) } });
    let restarting: Promise<void> | undefined;
    for (let attempt = 0; ingest.offset < data.length; attempt++) {
      assert.ok(attempt < 5);
      const from = ingest.offset;
      const source = async function* () {
        yield* inChunks(data.subarray(from, from + 7 * mib), mib);
        restarting ??= restart();
        yield* inChunks(data.subarray(from + 7 * mib), mib);
      };
      await ingest.append(source()).catch(unreachable);
    }
    await restarting;
    await ingest.commit();
    const read: Buffer[] = [];
    restarting = undefined;
    for await (const chunk of await store.open(digestOf(data))) {
      read.push(Buffer.from(chunk));
      restarting ??= restart();
    }
    await restarting;
    assert.ok(Buffer.concat(read).equals(data));
  });

  test('a service that hangs is given up after the time that was allowed', async (t) => {
    const store = await openOne(t, newStoreOptions(server, { idleMs: 200, attempts: 2 }));
    const { digest } = await put(store, sampleBytes(1000, 8));
    process.kill(server.pid, 'SIGSTOP');
    try {
      // Its threads stop one after another.
      await sleep(100);
      const began = performance.now();
      await assert.rejects(store.stat(digest), unreachable);
      await assert.rejects(put(store, sampleBytes(1000, 9)), unreachable);
      const controller = new AbortController();
      const asking = store.open(digest, { signal: controller.signal });
      setTimeout(() => controller.abort(), 50);
      await assert.rejects(asking, (error) => isLadingError(error, 'INTERRUPTED'));
      assert.ok(performance.now() - began < 10_000);
    } finally {
      process.kill(server.pid, 'SIGCONT');
    }
    assert.equal((await store.stat(digest))?.size, 1000);
  });

  test('a service that takes its time to make one object of many parts is asked once', async (t) => {
    const completions: string[] = [];
    const endpoint = await startS3Proxy(t, server.endpoint, ({ method, path }) => {
      if (method !== 'POST' || !path.includes('uploadId=')) return 'none';
      completions.push(path);
      return { delayMs: 700 };
    });
    const store = await openOne(t, newStoreOptions(server, { partBytes, endpoint, idleMs: 300 }));
    const data = sampleBytes(11 * mib, 12);
    const descriptor = await put(store, data);
    assert.ok((await get(store, descriptor, { maxBytes })).equals(data));
    assert.equal(completions.length, 1);
  });

  test('writers that are killed are gone on with, until one is through', async (t) => {
    if (!isLongRun(t)) return;
    const { credentials, ...options } = newStoreOptions(server, { partBytes });
    const size = 40 * mib;
    const env = {
      ...process.env,
      AWS_ACCESS_KEY_ID: server.accessKeyId,
      AWS_SECRET_ACCESS_KEY: credentials?.secretAccessKey.reveal(),
    };
    const program = join(import.meta.dirname, '../testing/s3-crash-writer.ts');
    const args = ['--disable-warning=ExperimentalWarning', program, JSON.stringify(options), String(size), '10'];
    const offsets: number[] = [];
    for (let round = 0, committed = false; !committed; round++) {
      assert.ok(round < 20);
      const writer = spawn(process.execPath, args, { env, stdio: ['ignore', 'pipe', 'inherit'] });
      let said = '';
      writer.stdout.on('data', (chunk: Buffer) => {
        if (said === '') setTimeout(() => writer.kill('SIGKILL'), 40 + 70 * round);
        said += chunk.toString();
      });
      await once(writer, 'close');
      committed = said.includes('committed');
      offsets.push(Number(said.split('\n')[0]));
    }
    t.diagnostic(`went on from ${offsets.map((offset) => offset / mib).join(', ')} MiB`);
    assert.deepEqual(
      offsets,
      offsets.toSorted((one, two) => one - two),
      'nothing that was sent is sent again',
    );
    assert.ok((offsets.at(-1) ?? 0) > 0);
    const store = await openOne(t, { ...options, credentials });
    assert.equal((await store.stat(digestOf(sampleBytes(size, 10))))?.size, size);
    assert.ok((await get(store, digestOf(sampleBytes(size, 10)), { maxBytes })).length === size);
  });
}
