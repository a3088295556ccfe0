import assert from 'node:assert/strict';
import { appendFile, readdir, readlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { mixedBytes, temporaryFolder } from '@lading/testkit';
import { CHUNK_BYTES } from './chunk-size.ts';
import { collect } from './collect.ts';
import { fromFile } from './from-file.ts';

const all = { maxBytes: 1e9, what: 'test data' };

async function sample(t: TestContext, size: number): Promise<{ path: string; content: Buffer }> {
  const path = join(await temporaryFolder(t), 'sample');
  const content = mixedBytes(size);
  await writeFile(path, content);
  return { path, content };
}

async function isOpen(path: string): Promise<boolean> {
  const targets = (await readdir('/proc/self/fd')).map((fd) => readlink(`/proc/self/fd/${fd}`).catch(() => ''));
  return (await Promise.all(targets)).includes(path);
}

for (const size of [0, 1, CHUNK_BYTES - 1, CHUNK_BYTES, CHUNK_BYTES + 1, 3 * CHUNK_BYTES, 3_000_000]) {
  test(`fromFile() reads a file of ${size} bytes, as often as asked`, async (t) => {
    const { path, content } = await sample(t, size);
    const bytes = fromFile(path);
    assert.ok((await collect(bytes, all)).equals(content));
    assert.ok((await collect(bytes, all)).equals(content));
    assert.equal(await isOpen(path), false);
  });
}

test('fromFile() leaves a chunk alone until the next is asked for', async (t) => {
  const { path, content } = await sample(t, 5 * CHUNK_BYTES);
  let at = 0;
  for await (const chunk of fromFile(path)) {
    await new Promise((resolve) => setTimeout(resolve, 5));
    assert.ok(content.subarray(at, at + chunk.byteLength).equals(chunk));
    at += chunk.byteLength;
  }
});

test('fromFile() gives two readers at once their own chunks', async (t) => {
  const { path, content } = await sample(t, 2_500_000);
  const read = await Promise.all([1, 2, 3].map(() => collect(fromFile(path), all)));
  for (const one of read) assert.ok(one.equals(content));
});

test('fromFile() passes over what its reader does not want, also past the end', async (t) => {
  const { path, content } = await sample(t, 4_000_000);
  for (const skip of [1, CHUNK_BYTES - 1, CHUNK_BYTES, CHUNK_BYTES + 1, 3_000_000, 3_500_001, 9_000_000]) {
    const bytes = fromFile(path, { range: { start: 100 } })[Symbol.asyncIterator]();
    await bytes.next();
    const next = await bytes.next(skip);
    const rest = content.subarray(100 + CHUNK_BYTES + skip);
    assert.equal(next.done, rest.length === 0);
    assert.ok(rest.subarray(0, next.value?.length ?? 0).equals(next.value ?? new Uint8Array()));
    await bytes.return?.();
  }
  const pipe = fromFile('/dev/zero')[Symbol.asyncIterator]();
  await pipe.next();
  assert.equal((await pipe.next(2_000_000)).value?.length, CHUNK_BYTES - (2_000_000 % CHUNK_BYTES));
  await pipe.return?.();
});

test('fromFile() reads ranges, cutting an end past the end', async (t) => {
  const { path, content } = await sample(t, 1_500_000);
  for (const [start, end] of [
    [0, 10],
    [10, 10],
    [700_000, 1_400_000],
    [1_499_999, undefined],
    [1_500_000, undefined],
    [100, 9_000_000],
  ] as const) {
    const part = await collect(fromFile(path, { range: { start, end } }), all);
    assert.ok(part.equals(content.subarray(start, end)), `${start}–${end}`);
  }
});

test('fromFile() refuses ranges that are reversed, negative or start past the end', async (t) => {
  const { path } = await sample(t, 100);
  for (const range of [{ start: 5, end: 4 }, { start: -1 }, { start: 0.5 }, { start: 101 }]) {
    await assert.rejects(collect(fromFile(path, { range }), all), { code: 'RANGE_INVALID' });
  }
  assert.equal(await isOpen(path), false);
});

test('fromFile() closes the file on early return', async (t) => {
  const { path } = await sample(t, 3_000_000);
  for await (const _ of fromFile(path)) {
    assert.equal(await isOpen(path), true);
    break;
  }
  assert.equal(await isOpen(path), false);
});

test('fromFile() does not reuse the chunk that a reader left with', async (t) => {
  const { path, content } = await sample(t, 3_000_000);
  let kept: Uint8Array | undefined;
  for await (const chunk of fromFile(path)) {
    kept = chunk;
    break;
  }
  await collect(fromFile(path, { range: { start: 1_000_000 } }), all);
  assert.ok(kept !== undefined && content.subarray(0, kept.byteLength).equals(kept));
});

test('fromFile() opens nothing before it is read', () => {
  fromFile('/does/not/exist');
});

test('fromFile() says FILE_NOT_FOUND and FILE_UNREADABLE', async (t) => {
  const folder = await temporaryFolder(t);
  await assert.rejects(collect(fromFile(join(folder, 'none')), all), { code: 'FILE_NOT_FOUND' });
  await assert.rejects(collect(fromFile(folder), all), { code: 'FILE_UNREADABLE' });
});

test('fromFile() reads a name that is not UTF-8', async (t) => {
  const path = Buffer.concat([Buffer.from(`${await temporaryFolder(t)}/`), Buffer.of(0xff, 0xfe)]);
  await writeFile(path, 'content');
  assert.equal((await collect(fromFile(path), all)).toString(), 'content');
});

test('fromFile() reads files whose size is not known, such as those of /proc', async () => {
  assert.match((await collect(fromFile('/proc/self/status'), all)).toString(), /^Name:/);
});

test('fromFile() goes on to the end of a file that grows', async (t) => {
  const { path } = await sample(t, 2 * CHUNK_BYTES);
  let size = 0;
  for await (const chunk of fromFile(path)) {
    if (size === 0) await appendFile(path, Buffer.alloc(1_000_000));
    size += chunk.byteLength;
  }
  assert.equal(size, 2 * CHUNK_BYTES + 1_000_000);
});

test('fromFile() stops with INTERRUPTED and closes the file', async (t) => {
  const { path } = await sample(t, 3_000_000);
  const stop = new AbortController();
  const reading = (async () => {
    for await (const _ of fromFile(path, { signal: stop.signal })) stop.abort();
  })();
  await assert.rejects(reading, { code: 'INTERRUPTED' });
  assert.equal(await isOpen(path), false);
});
