import assert from 'node:assert/strict';
import { test } from 'node:test';
import { format, inspect } from 'node:util';
import { REDACTED } from './redact.ts';
import { Secret } from './secret.ts';

const secret = new Secret('hunter2');

test('Secret gives its value to reveal() only', () => {
  assert.equal(secret.reveal(), 'hunter2');
});

test('Secret shows [redacted] in every conversion to text', () => {
  const texts = [
    String(secret),
    `${secret}`,
    ['', secret].join(''),
    inspect(secret),
    format('%s', secret),
    format('%o', secret),
    inspect({ deep: { secret } }),
    JSON.stringify(secret),
  ];
  for (const text of texts) {
    assert.ok(text.includes(REDACTED), text);
    assert.ok(!text.includes('hunter2'), text);
  }
});

test('Secret does not leak through copies, members or looking without its own inspection', () => {
  const views = [{ ...secret }, structuredClone(secret), Object.entries(secret), Reflect.ownKeys(secret)];
  for (const view of views) assert.ok(!inspect(view, { showHidden: true }).includes('hunter2'));
  assert.ok(!inspect(secret, { customInspect: false, showHidden: true, depth: 9 }).includes('hunter2'));
});
