import assert from 'node:assert/strict';
import { test } from 'node:test';
import { digestOf } from './digest.ts';
import { isTag } from './reference.ts';
import { isCompanionTag, isReferrersTag, referrersTag } from './referrers-tag.ts';

test('referrersTag() is a tag for every algorithm, with at most 64 characters of the digest', () => {
  const short = digestOf('x');
  assert.equal(referrersTag(short), short.replace(':', '-'));
  const long = referrersTag(digestOf('x', 'sha512'));
  assert.ok(isTag(long));
  assert.equal(long.length, 'sha512-'.length + 64);
});

test('isCompanionTag() knows the tags that are made of a digest, and no others', () => {
  const tag = referrersTag(digestOf('x'));
  assert.ok(isReferrersTag(tag) && isReferrersTag(referrersTag(digestOf('x', 'sha512'))));
  for (const name of [tag, `${tag}.sig`, `${tag}.att`, `${tag}.sbom`]) assert.ok(isCompanionTag(name), name);
  for (const name of ['1.0', 'sha256-12', `${tag}.zip`, `${tag}.sig.sig`, `example.org/app:${tag}.sig`, '.sig', ''])
    assert.ok(!isCompanionTag(name), name);
});
