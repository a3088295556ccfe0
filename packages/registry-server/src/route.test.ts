import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { parseRoute } from './route.ts';

test('parseRoute() reads names with slashes from the end of the path', () => {
  assert.deepEqual(parseRoute('/v2/a/b/manifests/v1'), { kind: 'manifest', name: 'a/b', reference: 'v1' });
  assert.deepEqual(parseRoute('/v2/a/manifests/manifests/v1'), {
    kind: 'manifest',
    name: 'a/manifests',
    reference: 'v1',
  });
  assert.deepEqual(parseRoute('/v2/a/blobs/sha256:00'), { kind: 'blob', name: 'a', digest: 'sha256:00' });
  assert.deepEqual(parseRoute('/v2/a/blobs/sha256%3A00'), { kind: 'blob', name: 'a', digest: 'sha256:00' });
  assert.deepEqual(parseRoute('/v2/a/tags/list'), { kind: 'tags', name: 'a' });
  assert.deepEqual(parseRoute('/v2/tags/list/tags/list'), { kind: 'tags', name: 'tags/list' });
  assert.deepEqual(parseRoute('/v2/a/referrers/sha256:00'), { kind: 'referrers', name: 'a', digest: 'sha256:00' });
});

test('parseRoute() takes uploads, and anything else, with and without a trailing slash', () => {
  assert.deepEqual(parseRoute('/v2/a/blobs/uploads/'), { kind: 'uploads', name: 'a' });
  assert.deepEqual(parseRoute('/v2/a/blobs/uploads'), { kind: 'uploads', name: 'a' });
  assert.deepEqual(parseRoute('/v2/a/blobs/uploads/1-2'), { kind: 'upload', name: 'a', id: '1-2' });
  assert.deepEqual(parseRoute('/v2/a/blobs/uploads/1-2/'), { kind: 'upload', name: 'a', id: '1-2' });
  assert.deepEqual(parseRoute('/v2/a/tags/list/'), { kind: 'tags', name: 'a' });
  assert.deepEqual(parseRoute('/v2/_catalog/'), { kind: 'catalog' });
  assert.equal(parseRoute('/v2/a/manifests/').kind, 'unknown');
});

test('parseRoute() tells a bad name from an unknown path', () => {
  assert.equal(parseRoute('/v2/UPPER/tags/list').kind, 'bad-name');
  assert.equal(parseRoute('/v2/../x/tags/list').kind, 'bad-name');
  assert.equal(parseRoute('/v2/a%2F..%2Fb/manifests/v1').kind, 'bad-name');
  assert.equal(parseRoute('/v1/').kind, 'unknown');
  assert.equal(parseRoute('/v2/%ff/tags/list').kind, 'unknown');
});

test('parseRoute() never throws', () => {
  fc.assert(fc.property(fc.string(), (text) => parseRoute(`/v2/${text}`).kind !== undefined));
});
