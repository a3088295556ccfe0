import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { digestOf } from '@lading/oci';
import { temporaryFolder } from '@lading/testkit';
import { get } from '../get.ts';
import { put } from '../put.ts';
import { inChunks, sampleBytes } from '../testing/bytes-samples.ts';
import { openDirectoryStore } from './directory-store.ts';

const program = join(import.meta.dirname, '../testing/crash-writer.ts');
const size = 12 << 20;

/** Runs the writer until it has written so many chunks, then kills it. Resolves to the id of its ingest. */
async function killedAfter(chunks: number, folder: string, seed: number): Promise<string> {
  const child = spawn(process.execPath, [program, folder, String(size), String(seed)], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  let output = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    output += text;
    if (output.split('.').length > chunks) child.kill('SIGKILL');
  });
  const [, signal] = await once(child, 'close');
  assert.equal(signal, 'SIGKILL', 'killed on its way');
  return output.split('\n', 1)[0]!;
}

test('a process killed in the middle of an ingest leaves a store that is fine and an ingest that can be resumed', async (t) => {
  const folder = await temporaryFolder(t);
  for (const [seed, chunks] of [
    [1, 1],
    [2, 17],
  ] as const) {
    const data = sampleBytes(size, seed);
    const id = await killedAfter(chunks, folder, seed);
    const store = await openDirectoryStore(folder);
    assert.equal(await store.stat(digestOf(data)), undefined, 'nothing of it is visible');
    const other = await put(store, sampleBytes(1000, seed + 10));
    assert.ok(await store.stat(other), 'others can write');
    const ingest = await store.begin({ resume: id });
    assert.ok(ingest.offset < size && ingest.offset >= (chunks > 4 ? 1 << 20 : 0), `kept ${ingest.offset} bytes`);
    await ingest.append(inChunks(data.subarray(ingest.offset), 1 << 18));
    assert.equal((await ingest.commit()).digest, digestOf(data));
    assert.ok((await get(store, digestOf(data), { maxBytes: size })).equals(data));
  }
  assert.deepEqual(await readdir(join(folder, 'ingests')), []);
});

test('several processes commit the same and different content to one store at once', async (t) => {
  const folder = await temporaryFolder(t);
  const small = 2 << 20;
  const children = [1, 1, 2].map((seed) =>
    spawn(process.execPath, [program, folder, String(small), String(seed)], { stdio: ['ignore', 'ignore', 'inherit'] }),
  );
  const codes = await Promise.all(children.map(async (child) => (await once(child, 'close'))[0]));
  assert.deepEqual(codes, [0, 0, 0]);
  const store = await openDirectoryStore(folder);
  for (const seed of [1, 2]) {
    const data = sampleBytes(small, seed);
    assert.ok((await get(store, digestOf(data), { maxBytes: small })).equals(data));
  }
});
