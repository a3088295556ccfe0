import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { type StepParts, stepKey } from './step-key.ts';

const value = fc.oneof(fc.string(), fc.array(fc.string(), { maxLength: 4 }));
const parts: fc.Arbitrary<StepParts> = fc.dictionary(fc.string({ minLength: 1 }), value, { maxKeys: 5 });
const canonical = (of: StepParts): string => JSON.stringify(Object.entries(of).sort(([a], [b]) => (a < b ? -1 : 1)));

test('stepKey() is equal for equal parts in any order, and differs for all others', () => {
  fc.assert(
    fc.property(parts, parts, (one, other) => {
      const reversed = Object.fromEntries(Object.entries(one).reverse());
      assert.equal(stepKey('run', reversed).digest, stepKey('run', one).digest);
      assert.equal(stepKey('run', one).digest === stepKey('run', other).digest, canonical(one) === canonical(other));
      assert.notEqual(stepKey('run', one).digest, stepKey('copy', one).digest);
    }),
  );
});

test('stepKey() does not mistake where one text ends and the next begins', () => {
  const keys = [
    { a: ['x', 'y'] },
    { a: ['x,y'] },
    { a: ['xy', ''] },
    { a: 'x', b: 'y' },
    { a: '["x","y"]' },
    { a: [] },
    {},
  ];
  assert.equal(new Set(keys.map((key) => stepKey('copy', key).digest)).size, keys.length);
  assert.equal(stepKey('copy', { a: undefined }).digest, stepKey('copy', {}).digest);
  assert.notEqual(stepKey('copy', { a: '' }).digest, stepKey('copy', {}).digest);
});
