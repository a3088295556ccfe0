import assert from 'node:assert/strict';
import { test } from 'node:test';
import { isLadingError } from '@lading/errors';
import { isWhiteoutMetadata, opaqueOf, parseWhiteout, whiteoutOf } from './whiteout.ts';

test('parseWhiteout() reads removals and opaque marks, and nothing else', () => {
  assert.deepEqual(parseWhiteout('a/.wh.b'), { kind: 'remove', path: 'a/b' });
  assert.deepEqual(parseWhiteout('.wh.b'), { kind: 'remove', path: 'b' });
  assert.deepEqual(parseWhiteout('a/.wh..wh..opq'), { kind: 'opaque', path: 'a' });
  assert.deepEqual(parseWhiteout('.wh..wh..opq'), { kind: 'opaque', path: '' });
  for (const path of ['a/b', 'a.wh.b', '.wh.a/b', '']) assert.equal(parseWhiteout(path), undefined);
});

test('parseWhiteout() refuses whiteouts of the directory itself and of its parent', () => {
  for (const path of ['a/.wh.', 'a/.wh..', 'a/.wh...', '.wh.', '.wh...']) {
    assert.throws(
      () => parseWhiteout(path),
      (error) => isLadingError(error, 'TAR_UNSAFE'),
      path,
    );
  }
  assert.deepEqual(parseWhiteout('.wh....'), { kind: 'remove', path: '...' });
});

test('whiteoutOf() and opaqueOf() are what parseWhiteout() reads', () => {
  for (const path of ['b', 'a/b', 'a/b/c']) {
    assert.deepEqual(parseWhiteout(whiteoutOf(path)), { kind: 'remove', path });
    assert.deepEqual(parseWhiteout(opaqueOf(path)), { kind: 'opaque', path });
  }
  assert.deepEqual(parseWhiteout(opaqueOf('')), { kind: 'opaque', path: '' });
});

test('isWhiteoutMetadata() finds what AUFS left behind', () => {
  for (const path of ['.wh..wh.plnk', '.wh..wh.plnk/10.20', 'a/.wh..wh.aufs']) assert.ok(isWhiteoutMetadata(path));
  for (const path of ['.wh..wh..opq', 'a/.wh..wh..opq', 'a/.wh.b', 'a']) assert.ok(!isWhiteoutMetadata(path));
});
