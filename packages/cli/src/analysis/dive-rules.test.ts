import assert from 'node:assert/strict';
import { test } from 'node:test';
import { isLadingError } from '@lading/errors';
import { parseDiveRules } from './dive-rules.ts';

test('rules of a file stand before those that dive has by itself', () => {
  assert.deepEqual(parseDiveRules('', '.dive-ci'), {
    lowestEfficiency: 0.9,
    highestWastedBytes: undefined,
    highestUserWastedPercent: 0.1,
  });
  const text = `rules:
  # a comment
  lowestEfficiency: 0.95
  highestWastedBytes: '20MB' # another
  highestUserWastedPercent: disabled
  plugin/rule: error
`;
  assert.deepEqual(parseDiveRules(text, '.dive-ci'), {
    lowestEfficiency: 0.95,
    highestWastedBytes: 20_000_000,
    highestUserWastedPercent: undefined,
  });
  assert.equal(parseDiveRules('rules:\n  highestWastedBytes: 1024\n', 'x').highestWastedBytes, 1024);
});

test('a rule that is no amount is refused by name', () => {
  for (const line of ['lowestEfficiency: 95', 'highestUserWastedPercent: much', 'highestWastedBytes: lots']) {
    assert.throws(
      () => parseDiveRules(`rules:\n  ${line}\n`, '.dive-ci'),
      (error) => isLadingError(error, 'USAGE') && error.message.includes(line.split(':')[0]!),
    );
  }
});
