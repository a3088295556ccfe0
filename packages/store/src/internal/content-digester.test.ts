import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { test } from 'node:test';
import { type DigestAlgorithm, digestOf } from '@lading/oci';
import { contentDigester } from './content-digester.ts';
import { hasHashThread, isHashThreadRunning, nextHash, updateOnThread } from './hash-thread.ts';

const mebibyte = 1 << 20;

/** In memory of its own, as a writer has it. */
function filledWith(bytes: Uint8Array): Buffer<ArrayBuffer> {
  const buffer = Buffer.allocUnsafeSlow(mebibyte);
  buffer.set(bytes);
  return buffer;
}

// Not skipUnless(): where there is no thread, nothing is lost with one.
const skip = hasHashThread ? false : 'one processor: nothing is hashed on a thread';

test('a thread starts for what is large alone, and hashes what was kept until then', { skip }, async () => {
  const parts = Array.from({ length: 12 }, () => randomBytes(mebibyte));
  const small = contentDigester('sha256', undefined);
  for (const part of parts.slice(0, 7)) await small.take(filledWith(part), mebibyte);
  assert.equal(await small.digest(), digestOf(Buffer.concat(parts.slice(0, 7))));
  assert.equal(isHashThreadRunning(), false, 'not for 7 MB');

  const [first, second] = [contentDigester('sha256', undefined), contentDigester('sha256', undefined)];
  await first.take(filledWith(parts[0] ?? Buffer.alloc(0)), mebibyte);
  for (const part of parts) await second.take(filledWith(part), mebibyte);
  assert.equal(isHashThreadRunning(), true);
  assert.equal(await second.digest(), digestOf(Buffer.concat(parts)));
  await first.take(filledWith(parts[1] ?? Buffer.alloc(0)), mebibyte);
  assert.equal(await first.digest(), digestOf(Buffer.concat(parts.slice(0, 2))));
});

test('content of any size has its digest, and memory comes back with its bytes, whoever hashes', async () => {
  for (const size of [undefined, 3 * mebibyte]) {
    for (const lengths of [[], [5], [mebibyte, mebibyte, 7], [5, mebibyte]]) {
      const parts = lengths.map((length) => randomBytes(length));
      const digester = contentDigester('sha512', size);
      for (const part of parts) digester.see(part);
      const given = await Promise.all(parts.map((part) => digester.take(filledWith(part), part.length)));
      assert.deepEqual(
        given.map((buffer, at) => buffer.subarray(0, lengths[at])),
        parts,
      );
      const whole = Buffer.concat(parts);
      assert.equal(digester.size, whole.length);
      assert.equal(await digester.digest(), digestOf(whole, 'sha512'));
    }
  }
});

test('contents that are hashed at the same time do not mix', async () => {
  const contents = Array.from({ length: 4 }, () => randomBytes(3 * mebibyte));
  const digests = await Promise.all(
    contents.map(async (content) => {
      const digester = contentDigester('sha256', undefined);
      for (let at = 0; at < content.length; at += mebibyte) {
        await digester.take(filledWith(content.subarray(at, at + mebibyte)), mebibyte);
      }
      return digester.digest();
    }),
  );
  assert.deepEqual(
    digests,
    contents.map((content) => digestOf(content)),
  );
});

test('content of which a thread that died had hashed a part has no digest', { skip }, async () => {
  const digester = contentDigester('sha256', undefined);
  await digester.take(filledWith(randomBytes(mebibyte)), mebibyte);
  const deadly = updateOnThread(nextHash(), 'md-none' as DigestAlgorithm, new ArrayBuffer(1), 1);
  await assert.rejects(deadly, /not supported|invalid digest/i);
  await assert.rejects(digester.take(filledWith(randomBytes(mebibyte)), mebibyte), /has died/);
  await assert.rejects(digester.digest(), /has died/);
  const next = contentDigester('sha256', undefined);
  await next.take(filledWith(Buffer.alloc(mebibyte)), mebibyte);
  assert.equal(await next.digest(), digestOf(Buffer.alloc(mebibyte)));
});
