import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { isLadingError } from '@lading/errors';
import { vector } from '@lading/testkit';
import fc from 'fast-check';
import { ignorePatterns, parseIgnore } from './ignore-file.ts';

interface Case {
  readonly patterns: readonly string[];
  readonly path: string;
  readonly match: boolean;
}

test('parseIgnore() agrees with every reference case', (t) => {
  const path = vector(t, 'dockerfile/ignore-patterns.json');
  if (path === undefined) return;
  const data: { cases: Case[]; filepathMatchCases: Case[] } = JSON.parse(readFileSync(path, 'utf8'));
  for (const { patterns, path: file, match } of [...data.cases, ...data.filepathMatchCases]) {
    const name = `${patterns.join(' ')} on ${file}`;
    assert.equal(parseIgnore(patterns.join('\n')).matches(file), match, name);
    assert.equal(ignorePatterns(patterns).matches(file), match, name);
  }
  assert.ok(data.cases.length + data.filepathMatchCases.length > 100);
});

test('parseIgnore() strips a byte order mark, comments in the first column, space and a leading slash', () => {
  const { patterns } = parseIgnore('\ufeff# comment\r\n  # no comment\r\n\r\n /a/b/ \n! /c\n./d/../e\n');
  assert.deepEqual(patterns, ['# no comment', 'a/b', '!c', 'e']);
});

test('parseIgnore() refuses malformed patterns with their line', () => {
  for (const pattern of ['[', 'a[', '[]', '[a-', '[b-]', '[^', 'a\\', '!']) {
    assert.throws(
      () => parseIgnore(`ok\n${pattern}\n`),
      (error) => isLadingError(error, 'DOCKERFILE_INVALID') && error.message.startsWith('.dockerignore:2:1: '),
      pattern,
    );
    assert.throws(
      () => ignorePatterns([pattern]),
      (error) => isLadingError(error, 'DOCKERFILE_INVALID'),
      pattern,
    );
  }
});

test('couldMatchBelow() finds exceptions below a folder that is left out', () => {
  const cases: [string, string, boolean][] = [
    ['dir', 'dir', false],
    ['dir\n!dir/keep', 'dir', true],
    ['dir\n!dir/keep', 'dir/other', false],
    ['dir\n!dir/a/b/keep', 'dir/a', true],
    ['dir\n!**/keep', 'dir/deep', true],
    ['dir\n!dir/*/keep', 'dir/any', true],
    ['dir\n!dir/*/keep', 'dir/any/thing', false],
    ['dir\n!other/keep', 'dir', false],
    ['!dir/keep\ndir', 'dir', false],
    ['*\n!src', 'src/lib', true],
    ['*\n!*.md', 'docs', false],
    ['**\n!**.md', 'docs', true],
  ];
  for (const [text, folder, expected] of cases) {
    assert.equal(parseIgnore(text).couldMatchBelow(folder), expected, `${JSON.stringify(text)} below ${folder}`);
  }
});

const segment = fc.constantFrom('a', 'b', 'ab', '.c', 'd.md');
const pathOf = fc.array(segment, { minLength: 1, maxLength: 4 }).map((parts) => parts.join('/'));
const patternOf = fc
  .tuple(
    fc.boolean(),
    fc.array(fc.oneof(segment, fc.constantFrom('*', '**', 'a*', '?', '[ab]', '*.md')), { minLength: 1, maxLength: 4 }),
  )
  .map(([exception, parts]) => (exception ? '!' : '') + parts.join('/'));

test('couldMatchBelow() is true wherever a path below is brought back', () => {
  fc.assert(
    fc.property(fc.array(patternOf, { minLength: 1, maxLength: 5 }), pathOf, pathOf, (patterns, folder, below) => {
      const ignore = ignorePatterns(patterns);
      if (!ignore.matches(folder) || ignore.matches(`${folder}/${below}`)) return;
      assert.ok(ignore.couldMatchBelow(folder), `${patterns.join(' ')}: ${folder}/${below}`);
    }),
    { numRuns: 2000 },
  );
});

test('matches() does not depend on what was asked before', () => {
  fc.assert(
    fc.property(fc.array(patternOf), fc.array(pathOf), (patterns, paths) => {
      const used = ignorePatterns(patterns);
      for (const path of paths) used.matches(path);
      for (const path of paths) assert.equal(used.matches(path), ignorePatterns(patterns).matches(path));
    }),
  );
});

test('matches() does not backtrack without bound for hostile patterns', () => {
  const ignore = ignorePatterns([
    `${'*a'.repeat(200)}b`,
    `${'**/a/'.repeat(200)}b`,
    `${'*'.repeat(10_000)}b`,
    '**/'.repeat(10_000),
  ]);
  const started = performance.now();
  ignore.matches(`${'a'.repeat(2000)}/${'a/'.repeat(50)}c`);
  // Backtracking would take years; the bound leaves room for a machine that is busy.
  assert.ok(performance.now() - started < 60_000);
});
