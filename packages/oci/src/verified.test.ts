import assert from 'node:assert/strict';
import { test } from 'node:test';
import { isLadingError } from '@lading/errors';
import { digestOf } from './digest.ts';
import { sized, verified } from './verified.ts';

const text = 'some content';
const digest = digestOf(text);

/** The text in two chunks; `state.released` tells whether the source was closed. */
async function* source(content: string, state = { released: false }): AsyncGenerator<Uint8Array> {
  try {
    yield Buffer.from(content.slice(0, 4));
    yield Buffer.from(content.slice(4));
  } finally {
    state.released = true;
  }
}

async function read(bytes: AsyncIterable<Uint8Array>): Promise<string> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of bytes) chunks.push(chunk);
  return Buffer.concat(chunks).toString();
}

test('verified() passes the right bytes through', async () => {
  assert.equal(await read(verified(source(text), { digest, size: text.length })), text);
  assert.equal(await read(verified(source(text), { digest })), text);
  assert.equal(await read(verified(source(text), { digest: digestOf(text, 'sha512') })), text);
});

test('verified() throws DIGEST_MISMATCH after the last chunk', async () => {
  await assert.rejects(
    read(verified(source('some c0ntent'), { digest, size: text.length })),
    (error) => isLadingError(error, 'DIGEST_MISMATCH') && error.details.actual === digestOf('some c0ntent'),
  );
});

test('verified() throws SIZE_MISMATCH when bytes are missing', async () => {
  await assert.rejects(read(verified(source('some'), { digest, size: text.length })), {
    code: 'SIZE_MISMATCH',
    message: /there are only 4$/,
  });
});

test('verified() does not hand out the chunk that exceeds the size, and closes the source', async () => {
  const state = { released: false };
  let seen = 0;
  await assert.rejects(
    async () => {
      for await (const chunk of verified(source(`${text} and more`, state), { digest, size: text.length }))
        seen += chunk.length;
    },
    { code: 'SIZE_MISMATCH' },
  );
  assert.equal(seen, 4);
  assert.ok(state.released);
});

test('verified() closes the source when the reader leaves early', async () => {
  const state = { released: false };
  for await (const _ of verified(source(text, state), { digest })) break;
  assert.ok(state.released);
});

test('sized() passes bytes of the right number through, whatever they are', async () => {
  assert.equal(await read(sized(source('other bytes!'), { digest, size: text.length })), 'other bytes!');
  assert.equal(await read(sized(source('any number of them'), { digest })), 'any number of them');
});

test('sized() refuses too many bytes before it hands them out, and too few at the end; the source is released', async () => {
  for (const size of [text.length - 1, text.length + 1]) {
    const state = { released: false };
    let seen = 0;
    await assert.rejects(
      async () => {
        for await (const chunk of sized(source(text, state), { digest, size })) seen += chunk.length;
      },
      (error) => isLadingError(error, 'SIZE_MISMATCH'),
    );
    assert.ok(seen <= size);
    assert.equal(state.released, true);
  }
});
