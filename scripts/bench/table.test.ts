import assert from 'node:assert/strict';
import { test } from 'node:test';
import { summarize } from './statistics.ts';
import { formatMegabytes, formatRatio, formatSummary, formatTable } from './table.ts';

test('formatTable() aligns words to the left and figures to the right', () => {
  const table = formatTable([
    ['who', 's'],
    ['lading', '1.5'],
    ['a', '10.25'],
  ]);
  assert.equal(table, '  who         s\n  lading    1.5\n  a       10.25');
});

test('formatTable() keeps a column of figures to the right when some cells are empty or unknown', () => {
  const table = formatTable([
    ['who', 'MB', 'size'],
    ['a', '100', ''],
    ['b', '-', '5'],
    ['c', '> 9', ''],
  ]);
  assert.equal(table, '  who   MB  size\n  a    100\n  b      -     5\n  c    > 9');
});

test('formatTable() of a head alone is the head', () => {
  assert.equal(formatTable([['one', 'two']]), '  one  two');
});

test('formatSummary() shows median and spread, scaled and rounded alike', () => {
  assert.equal(formatSummary(summarize([1000, 1500, 1250]), 2, 1e-3), '1.25 (1.00–1.50)');
  assert.equal(formatSummary(summarize([7]), 0), '7 (7–7)');
});

test('formatRatio() and formatMegabytes() round', () => {
  assert.equal(formatRatio(1.999), '2.00×');
  assert.equal(formatMegabytes(149_600_000), '150');
  assert.equal(formatMegabytes(undefined), '-');
});
