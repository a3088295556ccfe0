import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { compareNatural } from './natural-order.ts';

test('numbers in texts are ordered by their value', () => {
  const sorted = ['CVE-2024-999', 'CVE-2024-1000', 'CVE-2024-10000', 'GHSA-2', 'GHSA-10', 'GHSA-10a'];
  assert.deepEqual(sorted.toReversed().sort(compareNatural), sorted);
});

test('the order is total: antisymmetric, transitive, and equal for the same text alone', () => {
  const text = fc.string({ unit: fc.constantFrom('0', '1', '2', '10', 'a', '-', '/', ':'), maxLength: 5 });
  fc.assert(
    fc.property(text, text, text, (a, b, c) => {
      assert.equal(Math.sign(compareNatural(a, b)), -Math.sign(compareNatural(b, a)) || 0);
      assert.equal(compareNatural(a, b) === 0, a === b);
      if (compareNatural(a, b) <= 0 && compareNatural(b, c) <= 0) assert.ok(compareNatural(a, c) <= 0);
    }),
    { numRuns: 2000 },
  );
});
