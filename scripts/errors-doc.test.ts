import assert from 'node:assert/strict';
import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { codes } from '@lading/errors';
import { errorsDocument, errorsText } from './errors-doc.ts';

const root = join(import.meta.dirname, '..');

test('docs/errors.md lists exactly the codes that there are', () => {
  assert.equal(readFileSync(errorsDocument, 'utf8'), errorsText(), 'run: npm run docs:errors');
});

test('every error code is thrown somewhere', () => {
  const sources = globSync('packages/*/src/**/*.ts', { cwd: root })
    .filter((file) => !file.endsWith('.test.ts') && !file.endsWith('errors/src/codes.ts'))
    .map((file) => readFileSync(join(root, file), 'utf8'))
    .join('\n');
  const unused = Object.keys(codes).filter((code) => !sources.includes(`'${code}'`));
  assert.deepEqual(unused, []);
});
