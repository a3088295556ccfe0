import assert from 'node:assert/strict';
import { test } from 'node:test';
import { isLadingError } from '@lading/errors';
import fc from 'fast-check';
import { assertSafePath, normalizePath } from './path.ts';

test('normalizePath() gives every spelling of a path one form', () => {
  for (const text of ['a/b', './a//b/', '/a/b', '//a/./b/.', 'a/b/']) assert.equal(normalizePath(text), 'a/b');
  for (const text of ['', '.', './', '/', '//.']) assert.equal(normalizePath(text), '');
  for (const text of ['..a', 'a..', '...', 'a/.../b', '.a']) assert.equal(normalizePath(text), text);
});

test('normalizePath() refuses to climb', () => {
  for (const text of ['..', '../a', 'a/..', 'a/../b', '/..', './..', 'a/../../b']) {
    assert.throws(
      () => normalizePath(text),
      (error) => isLadingError(error, 'TAR_UNSAFE'),
      text,
    );
  }
  assert.throws(
    () => normalizePath('a\0b'),
    (error) => isLadingError(error, 'TAR_INVALID'),
  );
});

test('assertSafePath() accepts exactly what normalizePath() leaves alone', () => {
  const text = fc.string({ unit: fc.constantFrom('a', '.', '/', 'b'), maxLength: 8 });
  fc.assert(
    fc.property(text, (path) => {
      const accepted = doesNotThrow(() => assertSafePath(path));
      const normal = doesNotThrow(() => assert.equal(normalizePath(path), path));
      assert.equal(accepted, normal);
    }),
  );
});

function doesNotThrow(run: () => void): boolean {
  try {
    run();
    return true;
  } catch {
    return false;
  }
}
