import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { open, readdir, utimes } from 'node:fs/promises';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { type TestContext, test } from 'node:test';
import { digestOf } from '@lading/oci';
import { temporaryFolder } from '@lading/testkit';
import { get } from '../get.ts';
import { inChunks, sampleBytes } from '../testing/bytes-samples.ts';
import { openDirectoryStore } from './directory-store.ts';

const size = 3 << 20;
const seed = 1;
const data = sampleBytes(size, seed);
const expected = { digest: digestOf(data), size };
const program = join(import.meta.dirname, '../testing/adopting-writer.ts');

interface Writer {
  /** Resolves to the offset after it. */
  step(name: 'begin' | 'half' | 'commit'): Promise<number>;
  kill(): Promise<void>;
}

async function startWriter(t: TestContext, folder: string): Promise<Writer> {
  const child = spawn(process.execPath, [program, folder, String(size), String(seed)], {
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  const closed = once(child, 'close');
  t.after(async () => {
    child.stdin.end();
    await closed;
  });
  const lines = createInterface(child.stdout)[Symbol.asyncIterator]();
  assert.equal((await lines.next()).value, 'ready');
  return {
    async step(name) {
      child.stdin.write(`${name}\n`);
      return Number((await lines.next()).value);
    },
    async kill() {
      child.kill('SIGKILL');
      await closed;
    },
  };
}

/** Makes all writes look as if nobody had written to them for an hour. */
async function age(folder: string): Promise<void> {
  const past = new Date(Date.now() - 3_600_000);
  for (const part of ['ingests', 'claims']) {
    for (const name of await readdir(join(folder, part))) await utimes(join(folder, part, name), past, past);
  }
}

test('a write whose process was killed is adopted, again and again, with every byte that it had', async (t) => {
  const folder = await temporaryFolder(t);
  let offset = 0;
  for (let turn = 0; turn < 2; turn++) {
    const writer = await startWriter(t, folder);
    assert.equal(await writer.step('begin'), offset);
    offset = await writer.step('half');
    await writer.kill();
  }
  const store = await openDirectoryStore(folder);
  const ingest = await store.begin({ expected, adopt: true });
  assert.equal(ingest.offset, offset);
  await ingest.append(inChunks(data.subarray(offset), 1 << 16));
  await ingest.commit();
  assert.ok((await get(store, expected.digest, { maxBytes: size })).equals(data));
  assert.deepEqual([await readdir(join(folder, 'ingests')), await readdir(join(folder, 'claims'))], [[], []]);
});

test('what a living process has in hand is neither adopted nor collected, though it pauses', async (t) => {
  const folder = await temporaryFolder(t);
  const writer = await startWriter(t, folder);
  const offset = await writer.step('half');
  await age(folder);
  const store = await openDirectoryStore(folder);
  const other = await store.begin({ expected, adopt: true });
  assert.equal(other.offset, 0);
  await other.abort();
  assert.equal(await store.collectIngests(60_000), 0);
  assert.equal(await writer.step('begin'), offset);
  assert.equal(await writer.step('commit'), size);
  assert.ok((await get(store, expected.digest, { maxBytes: size })).equals(data));
});

test('of several processes that adopt at the same moment one gets the write, and the others begin anew', async (t) => {
  const folder = await temporaryFolder(t);
  const first = await startWriter(t, folder);
  const offset = await first.step('half');
  await first.kill();
  const writers = await Promise.all([1, 2].map(() => startWriter(t, folder)));
  const offsets = await Promise.all(writers.map((writer) => writer.step('begin')));
  assert.deepEqual(offsets.sort(), [0, offset]);
  assert.deepEqual(await Promise.all(writers.map((writer) => writer.step('commit'))), [size, size]);
});

test('collectIngests() takes what a dead process left and what was suspended, with the claims, when it is old', async (t) => {
  const folder = await temporaryFolder(t);
  const store = await openDirectoryStore(folder);
  const writer = await startWriter(t, folder);
  await writer.step('half');
  await writer.kill();
  const suspended = await store.begin({ expected });
  await suspended.append(inChunks(data, 1 << 16));
  await suspended.suspend();
  assert.equal(await store.collectIngests(60_000), 0, 'young');
  await age(folder);
  assert.equal(await store.collectIngests(60_000), 2);
  assert.deepEqual([await readdir(join(folder, 'ingests')), await readdir(join(folder, 'claims'))], [[], []]);
  assert.equal((await store.begin({ expected, adopt: true })).offset, 0);
});

test('in the process that suspended it, an adopted write is not read again', async (t) => {
  const folder = await temporaryFolder(t);
  const store = await openDirectoryStore(folder);
  const first = await store.begin({ expected });
  await first.append(inChunks(data.subarray(0, 2 << 20), 1 << 16));
  await first.suspend();
  const second = await store.begin({ expected, adopt: true });
  // Damage that only reading again would find: the hash so far was taken over.

  const file = await open(join(folder, 'ingests', second.id), 'r+');
  await file.write(Buffer.from('x'), 0, 1, 0);
  await file.close();
  await second.append(inChunks(data.subarray(2 << 20), 1 << 16));
  assert.equal((await second.commit()).digest, expected.digest);
});
