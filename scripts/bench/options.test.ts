import assert from 'node:assert/strict';
import { test } from 'node:test';
import { operations } from './clients.ts';
import { parseOptions, sectionNames } from './options.ts';

test('parseOptions() takes everything unless told', () => {
  assert.deepEqual(parseOptions([]), {
    quick: false,
    only: new Set(sectionNames),
    operations: new Set(operations),
    layers: new Set(),
    json: undefined,
  });
});

test('parseOptions() takes names as a list or one by one', () => {
  const line = ['--quick', '--only=transfer,startup', '--only', 'manifests', '--operations=copy,save', '--layers=20'];
  assert.deepEqual(parseOptions([...line, '--json', 'a.json']), {
    quick: true,
    only: new Set(['transfer', 'startup', 'manifests']),
    operations: new Set(['copy', 'save']),
    layers: new Set([20]),
    json: 'a.json',
  });
});

test('parseOptions() refuses what it does not know, naming it', () => {
  assert.throws(() => parseOptions(['--only=pushing']), /"pushing"/);
  assert.throws(() => parseOptions(['--operations=carry']), /"carry"/);
  assert.throws(() => parseOptions(['--layers=3']), /"3"/);
  assert.throws(() => parseOptions(['--fast']), /--fast/);
});
