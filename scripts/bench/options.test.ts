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
    clients: undefined,
    rounds: undefined,
    limitSeconds: 120,
    json: undefined,
  });
});

test('parseOptions() takes names as a list or one by one', () => {
  const line = ['--quick', '--only=transfer,startup', '--only', 'manifests', '--operations=copy,save', '--layers=20'];
  const more = ['--clients=crane,regctl', '--rounds=3', '--limit=60'];
  assert.deepEqual(parseOptions([...line, ...more, '--json', 'a.json']), {
    quick: true,
    only: new Set(['transfer', 'startup', 'manifests']),
    operations: new Set(['copy', 'save']),
    layers: new Set([20]),
    clients: new Set(['crane', 'regctl']),
    rounds: 3,
    limitSeconds: 60,
    json: 'a.json',
  });
});

test('parseOptions() refuses what it does not know, naming it', () => {
  assert.throws(() => parseOptions(['--only=pushing']), /"pushing"/);
  assert.throws(() => parseOptions(['--operations=carry']), /"carry"/);
  assert.throws(() => parseOptions(['--layers=3']), /"3"/);
  assert.throws(() => parseOptions(['--clients=lading']), /"lading"/);
  for (const text of ['0', '1.5', 'x', '']) assert.throws(() => parseOptions([`--rounds=${text}`]), /--rounds takes/);
  assert.throws(() => parseOptions(['--limit=-1']), /--limit takes/);
  assert.throws(() => parseOptions(['--fast']), /--fast/);
});
