import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { secretsDocument, secretsText } from './secrets-doc.ts';

test('docs/secrets.md lists exactly the rules that there are', () => {
  assert.equal(readFileSync(secretsDocument, 'utf8'), secretsText(), 'run: npm run docs:secrets');
});
