import assert from 'node:assert/strict';
import { test } from 'node:test';
import { isFlawless, keptResults, parseTotals, totalsText } from './totals.ts';

const printed = (fail: number): string =>
  [
    '  Disabled......................:          0',
    '  Skip..........................:          0',
    `  Pass..........................:         ${fail === 0 ? 12 : 10}`,
    `  FAIL..........................:          ${fail}`,
    '  Error.........................:          0',
    '  Total.........................:         12',
    '',
    'API conformance:',
    '  Tag listing...................:       FAIL',
  ].join('\n');

test('the sums of the conformance suite are read, and only all of it is good enough', () => {
  const totals = parseTotals(printed(2));
  assert.equal(totalsText(totals), 'total 12, pass 10, fail 2, error 0, skip 0, disabled 0');
  assert.equal(isFlawless(totals), false);
  assert.equal(isFlawless(parseTotals(printed(0))), true);
  assert.throws(() => parseTotals('failed to load config'), /does not say its total/);
});

test('results are kept without what belongs to one machine', () => {
  const kept = keptResults(
    'config:\n  registry: 127.0.0.1:5055\n  tls: disabled\n  resultsDir: /x/y\napis:\n  Ping: Pass\n',
    {
      ...parseTotals(printed(0)),
    },
  );
  assert.equal(
    kept,
    'totals:\n  total: 12\n  pass: 12\n  fail: 0\n  error: 0\n  skip: 0\n  disabled: 0\nconfig:\n  tls: disabled\napis:\n  Ping: Pass\n',
  );
});
