import assert from 'node:assert/strict';
import { test } from 'node:test';
import { nearest } from './nearest.ts';

test('nearest() finds the word with the fewest edits, and none when all are far', () => {
  assert.equal(nearest('culr', ['curry', 'curl']), 'curl');
  assert.equal(nearest('packges', ['paths', 'packages']), 'packages');
  assert.equal(nearest('enviroment', ['entrypoint', 'environment']), 'environment');
  assert.equal(nearest('x', ['y']), undefined);
  assert.equal(nearest('zebra', ['packages']), undefined);
});
