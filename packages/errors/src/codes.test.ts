import assert from 'node:assert/strict';
import { test } from 'node:test';
import { codes } from './codes.ts';

test('codes are upper-case words and their meanings are one sentence', () => {
  for (const [code, { meaning }] of Object.entries(codes)) {
    assert.match(code, /^[A-Z]+(?:_[A-Z]+)*$/);
    assert.match(meaning, /^[A-Z].+\.$/, code);
    assert.ok(meaning.length <= 120, `${code}: ${meaning.length} characters`);
  }
});

test('codes have a meaning each of their own', () => {
  const meanings = Object.values(codes).map(({ meaning }) => meaning);
  assert.equal(new Set(meanings).size, meanings.length);
});
