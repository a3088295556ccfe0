import assert from 'node:assert/strict';
import { test } from 'node:test';
import { digestOf } from '@lading/oci';
import { formatLocation, parseLocation } from './locations.ts';

const digest = digestOf('content');

test('parseLocation() reads every transport', () => {
  const app = { registry: 'docker.io', repository: 'library/app' };
  const cases = [
    ['app', { transport: 'registry', reference: app }],
    ['local:app:1', { transport: 'local', reference: { ...app, tag: '1' } }],
    ['localhost:5000/app', { transport: 'registry', reference: { registry: 'localhost:5000', repository: 'app' } }],
    [`app@${digest}`, { transport: 'registry', reference: { ...app, digest } }],
    ['oci:folder', { transport: 'oci', path: 'folder' }],
    ['oci:/a/b:1.0', { transport: 'oci', path: '/a/b', name: '1.0' }],
    ['oci-archive:x.tar:example.org/app:1', { transport: 'oci-archive', path: 'x.tar', name: 'example.org/app:1' }],
    [`docker-archive:x.tar@${digest}`, { transport: 'docker-archive', path: 'x.tar', digest }],
    ['oci:user@host:1', undefined],
    ['dir', { transport: 'registry', reference: { registry: 'docker.io', repository: 'library/dir' } }],
    ['dir:1', { transport: 'registry', reference: { registry: 'docker.io', repository: 'library/dir', tag: '1' } }],
  ] as const;
  for (const [text, expected] of cases) {
    if (expected === undefined) assert.throws(() => parseLocation(text), { code: 'USAGE' }, text);
    else assert.deepEqual(parseLocation(text), expected, text);
  }
});

test('formatLocation() is read back as the same location', () => {
  for (const text of ['oci:folder:1', 'docker-archive:x.tar:app:1', 'example.org/app:1', 'app']) {
    assert.equal(formatLocation(parseLocation(text)), text);
  }
});
