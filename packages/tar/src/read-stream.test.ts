// How an archive is read as a stream: its end, leaving early, and what is held of it.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { collect, fromBuffer, type SkippableBytes } from '@lading/bytes';
import { isLadingError } from '@lading/errors';
import type { ArchivedEntry } from './entry.ts';
import { craftArchive, craftContent, craftHeader, octal } from './internal/crafted.ts';
import { readTar } from './read.ts';
import { writeTar } from './write.ts';

type Read = Omit<ArchivedEntry, 'content'> & { readonly text: string };

async function readAll(archive: Uint8Array): Promise<Read[]> {
  const entries: Read[] = [];
  for await (const { content, ...header } of readTar(fromBuffer(archive))) {
    entries.push({ ...header, text: (await collect(content, { maxBytes: 1 << 20, what: 'an entry' })).toString() });
  }
  return entries;
}

const file = (name: string, text: string): Buffer =>
  Buffer.concat([craftHeader({ name, size: octal(text.length) }), craftContent(text)]);

test('readTar() ends at two zero blocks and reads what follows to its end', async () => {
  let pulled = 0;
  const archive = Buffer.concat([craftArchive(file('a', 'x')), Buffer.from('trailing garbage'.repeat(1000))]);
  const stream = async function* (): AsyncGenerator<Uint8Array> {
    for (let at = 0; at < archive.length; at += 512) {
      pulled += 1;
      yield archive.subarray(at, at + 512);
    }
  };
  const paths: string[] = [];
  for await (const entry of readTar(stream())) paths.push(entry.path);
  assert.deepEqual([paths, pulled], [['a'], Math.ceil(archive.length / 512)]);
});

test('readTar() shows the start of a content, of which nothing is read by that', async () => {
  const archive = craftArchive(file('a', 'x'.repeat(600)), file('b', ''), file('c', 'z'.repeat(2000)));
  const cut = async function* (): AsyncGenerator<Uint8Array> {
    yield archive.subarray(0, 1000);
    yield archive.subarray(1000);
  };
  const seen: unknown[] = [];
  for await (const { path, content } of readTar(cut())) {
    const start = content.peek(1)?.length;
    const more = content.peek(600)?.length;
    const whole = path === 'c' ? undefined : (await collect(content, { maxBytes: 4000, what: path })).toString();
    seen.push([path, start, more, whole, content.peek(1)]);
  }
  assert.deepEqual(seen, [
    ['a', 488, undefined, 'x'.repeat(600), undefined],
    ['b', undefined, undefined, '', undefined],
    ['c', 2000, 2000, undefined, Buffer.from('z'.repeat(2000))],
  ]);
});

test('readTar() does not read what nobody wants of bytes that can be skipped, and sees that they are cut off', async () => {
  const archive = craftArchive(file('a', 'x'.repeat(5000)), file('b', 'y'), file('c', 'z'.repeat(2000)));
  let read = 0;
  const skippable = (bytes: Uint8Array): SkippableBytes => ({
    isSkippable: true,
    async *[Symbol.asyncIterator](): AsyncGenerator<Uint8Array, void, number | undefined> {
      for (let at = 0; at < bytes.length; ) {
        const chunk = bytes.subarray(at, at + 512);
        read += chunk.length;
        at += chunk.length + ((yield chunk) ?? 0);
      }
    },
  });
  const paths: string[] = [];
  for await (const { path } of readTar(skippable(archive))) paths.push(path);
  assert.deepEqual([paths, read < archive.length - 6000], [['a', 'b', 'c'], true]);
  for (const length of [513, 1000, 5000, 5511]) {
    await assert.rejects(
      async () => {
        for await (const _ of readTar(skippable(archive.subarray(0, length))));
      },
      (error) => isLadingError(error, 'TAR_INVALID'),
    );
  }
});

test('readTar() accepts an end without zero blocks, but only between entries', async () => {
  const archive = file('a', 'x'.repeat(600));
  assert.equal((await readAll(archive)).length, 1);
  assert.equal((await readAll(Buffer.alloc(0))).length, 0);
  assert.equal((await readAll(Buffer.concat([archive, Buffer.alloc(512)]))).length, 1);
  for (const length of [1, 511, 512, 513, 1111, 1112, 1535]) {
    await assert.rejects(readAll(archive.subarray(0, length)), (error) => {
      assert.ok(isLadingError(error, 'TAR_INVALID'));
      assert.match(error.message, /at byte \d+: the archive ends/);
      return true;
    });
  }
});

test('readTar() releases the stream when the reader leaves early', async () => {
  let released = false;
  const stream = async function* (): AsyncGenerator<Uint8Array> {
    try {
      yield file('a', 'x');
      yield file('b', 'y');
    } finally {
      released = true;
    }
  };
  for await (const _ of readTar(stream())) break;
  assert.ok(released);
});

test('readTar() stops when its signal fires', async () => {
  const controller = new AbortController();
  const stream = async function* (): AsyncGenerator<Uint8Array> {
    for (;;) yield file('a', 'x');
  };
  await assert.rejects(
    async () => {
      for await (const _ of readTar(stream(), { signal: controller.signal })) controller.abort();
    },
    (error) => isLadingError(error, 'INTERRUPTED'),
  );
});

test('readTar() holds no large file in memory', async () => {
  const size = 300 << 20;
  const chunk = new Uint8Array(1 << 20);
  const content = (async function* () {
    for (let at = 0; at < size; at += chunk.length) yield chunk;
  })();
  const header = { path: 'big', type: 'file', mode: 0o644, uid: 0, gid: 0, size, mtime: 0, content } as const;
  const before = process.memoryUsage().arrayBuffers;
  let peak = 0;
  let bytes = 0;
  for await (const entry of readTar(writeTar([header]))) {
    for await (const part of entry.content) {
      bytes += part.length;
      peak = Math.max(peak, process.memoryUsage().arrayBuffers - before);
    }
  }
  assert.equal(bytes, size);
  assert.ok(peak < 64 << 20, `${peak} bytes`);
});
