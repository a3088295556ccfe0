import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { checksDocument, checksText } from './checks-doc.ts';

test('docs/checks.md lists exactly the checks that there are', () => {
  assert.equal(readFileSync(checksDocument, 'utf8'), checksText(), 'run: npm run docs:checks');
});
