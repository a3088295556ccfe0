import assert from 'node:assert/strict';
import { test } from 'node:test';
import { digestOf } from './digest.ts';
import { isTag } from './reference.ts';
import { referrersTag } from './referrers-tag.ts';

test('referrersTag() is a tag for every algorithm, with at most 64 characters of the digest', () => {
  const short = digestOf('x');
  assert.equal(referrersTag(short), short.replace(':', '-'));
  const long = referrersTag(digestOf('x', 'sha512'));
  assert.ok(isTag(long));
  assert.equal(long.length, 'sha512-'.length + 64);
});
