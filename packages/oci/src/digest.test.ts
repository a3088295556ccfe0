import assert from 'node:assert/strict';
import { test } from 'node:test';
import { isLadingError } from '@lading/errors';
import fc from 'fast-check';
import { algorithmOf, Digester, digestOf, hexOf, isDigest, parseDigest } from './digest.ts';

const empty = 'sha256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855';

test('digestOf() gives the published digests of nothing', () => {
  assert.equal(digestOf(''), empty);
  assert.match(digestOf(new Uint8Array(), 'sha512'), /^sha512:cf83e1357eefb8bdf1542850d66d8007/);
});

test('parseDigest() says what is wrong', () => {
  const cases: [string, RegExp][] = [
    ['', /no algorithm/],
    ['e3b0', /no algorithm/],
    [`md5:${'0'.repeat(32)}`, /"md5" is not supported/],
    [`SHA256:${'0'.repeat(64)}`, /"SHA256" is not supported/],
    [`sha256:${'0'.repeat(63)}`, /64 hexadecimal digits, not 63/],
    [`sha256:${'0'.repeat(128)}`, /64 hexadecimal digits, not 128/],
    [`sha512:${'0'.repeat(64)}`, /128 hexadecimal digits, not 64/],
    [empty.toUpperCase().replace('SHA256', 'sha256'), /other than 0-9 and a-f/],
    [`${empty}\n`, /not 65/],
    [`${empty.slice(0, -1)}\u0660`, /other than/],
  ];
  for (const [text, message] of cases) {
    assert.ok(!isDigest(text));
    assert.throws(
      () => parseDigest(text),
      (error) => isLadingError(error, 'DIGEST_INVALID') && message.test(error.message),
    );
  }
});

test('Digester in any pieces equals digestOf() of the whole', () => {
  fc.assert(
    fc.property(fc.array(fc.uint8Array({ maxLength: 64 })), fc.constantFrom('sha256', 'sha512'), (parts, algorithm) => {
      const digester = new Digester(algorithm);
      for (const part of parts) digester.update(part);
      const whole = Buffer.concat(parts);
      assert.equal(digester.size, whole.length);
      const digest = digester.digest();
      assert.equal(digest, digestOf(whole, algorithm));
      assert.equal(parseDigest(`${algorithmOf(digest)}:${hexOf(digest)}`), digest);
    }),
    { numRuns: 50 },
  );
});

test('Digester counts the bytes of text, not its characters', () => {
  assert.equal(new Digester().update('é€').size, 5);
});

test('Digester.copy() knows the bytes so far and goes its own way', () => {
  const first = new Digester('sha512').update('ab');
  const second = first.copy();
  first.update('c');
  assert.equal(second.copy().digest(), digestOf('ab', 'sha512'));
  assert.equal(second.size, 2);
  assert.equal(second.update('d').digest(), digestOf('abd', 'sha512'));
  assert.equal(first.digest(), digestOf('abc', 'sha512'));
});
