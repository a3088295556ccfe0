import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { lintDocument, lintText } from './lint-doc.ts';

test('docs/lint.md lists exactly the rules that there are', () => {
  assert.equal(readFileSync(lintDocument, 'utf8'), lintText(), 'run: npm run docs:lint');
});
