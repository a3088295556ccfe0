import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type Digest, digestOf } from '@lading/oci';
import { findBase } from './find-base.ts';

const [a, b, c, d] = ['a', 'b', 'c', 'd'].map((text) => digestOf(Buffer.from(text))) as [
  Digest,
  Digest,
  Digest,
  Digest,
];

test('findBase() finds the known image whose layers are the most of the lowest', () => {
  const small = { digest: c, name: 'example.org/small:1', diffIds: [a] };
  const large = { digest: d, name: 'example.org/large:1', diffIds: [a, b] };
  assert.deepEqual(findBase([a, b, c], [small, large]), { digest: d, name: 'example.org/large:1', layers: 2 });
  assert.deepEqual(findBase([a, c], [large, small]), { digest: c, name: 'example.org/small:1', layers: 1 });
});

test('findBase() takes neither the image itself, nor one without layers, nor one that has others', () => {
  const others = [[a, b], [], [b], [a, c]].map((diffIds) => ({ digest: d, diffIds }));
  assert.equal(findBase([a, b], others), undefined);
});

test('findBase() prefers an image that has a name', () => {
  const found = findBase(
    [a, b],
    [
      { digest: c, diffIds: [a] },
      { digest: d, name: 'example.org/base:1', diffIds: [a] },
    ],
  );
  assert.equal(found?.name, 'example.org/base:1');
});
