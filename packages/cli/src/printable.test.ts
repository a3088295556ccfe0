import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { printable, printableLine } from './printable.ts';

test('printable() shows what could steer a terminal as escapes and keeps the rest', () => {
  assert.equal(printable('a\u001b[31mb\u009bc\u202ed\te\nf ü'), 'a\\x1b[31mb\\x9bc\\u{202e}d\te\nf ü');
});

test('printableLine() gives one line without control characters for any text', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), (text) => {
      assert.doesNotMatch(printableLine(text), /[\p{Cc}\p{Cf}]/u);
    }),
  );
});
