import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseOptions, sectionNames } from './options.ts';

test('parseOptions() takes everything unless told', () => {
  assert.deepEqual(parseOptions([]), { quick: false, only: new Set(sectionNames), json: undefined });
});

test('parseOptions() takes sections as a list or one by one', () => {
  const only = new Set(['push', 'startup', 'pull']);
  assert.deepEqual(parseOptions(['--quick', '--only=push,startup', '--only', 'pull', '--json', 'a.json']), {
    quick: true,
    only,
    json: 'a.json',
  });
});

test('parseOptions() refuses what it does not know, naming it', () => {
  assert.throws(() => parseOptions(['--only=pushing']), /"pushing"/);
  assert.throws(() => parseOptions(['--fast']), /--fast/);
});
