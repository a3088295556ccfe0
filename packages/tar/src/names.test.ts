import assert from 'node:assert/strict';
import { test } from 'node:test';
import { isLadingError } from '@lading/errors';
import fc from 'fast-check';
import { compareNames, decodeName, encodeName } from './names.ts';

const anyCharacter = fc.nat(0x10ffff).map((code) => String.fromCodePoint(code));

test('encodeName(decodeName(bytes)) gives any bytes back', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 40 }), (bytes) => {
      assert.deepEqual(encodeName(decodeName(bytes)), Buffer.from(bytes));
    }),
  );
});

test('decodeName() is plain UTF-8 for valid names', () => {
  fc.assert(
    fc.property(fc.string({ unit: anyCharacter }), (text) => {
      assert.equal(decodeName(Buffer.from(text.toWellFormed())), text.toWellFormed());
    }),
  );
});

test('decodeName() holds each byte that is not UTF-8 as a lone surrogate', () => {
  assert.equal(decodeName(Buffer.from([0x61, 0xff, 0xc3, 0xa9, 0xc3])), 'a\udcffé\udcc3');
  assert.equal(decodeName(Buffer.from([0xed, 0xb2, 0x80])), '\udced\udcb2\udc80', 'an encoded surrogate is not UTF-8');
  assert.equal(decodeName(Buffer.from([0xc0, 0xaf])), '\udcc0\udcaf', 'an overlong slash stays two bytes');
});

test('encodeName() refuses surrogates that no bytes decode to', () => {
  assert.throws(
    () => encodeName('a\ud800'),
    (error) => isLadingError(error, 'TAR_INVALID'),
  );
});

test('compareNames() orders as the bytes do', () => {
  const name = fc.oneof(
    fc.uint8Array({ maxLength: 6 }).map((bytes) => decodeName(bytes)),
    fc.string({ unit: anyCharacter, maxLength: 4 }).map((text) => text.toWellFormed()),
  );
  fc.assert(
    fc.property(name, name, (a, b) => {
      assert.equal(compareNames(a, b), Buffer.compare(encodeName(a), encodeName(b)));
    }),
  );
  assert.deepEqual(['a/x', 'a-b', 'a', '\u{1f600}', '\uffff'].sort(compareNames), [
    'a',
    'a-b',
    'a/x',
    '\uffff',
    '\u{1f600}',
  ]);
});
