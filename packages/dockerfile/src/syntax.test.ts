import assert from 'node:assert/strict';
import { test } from 'node:test';
import { detectSyntax } from './syntax.ts';

const cases: readonly (readonly [text: string, image: string | undefined, form?: string, line?: number])[] = [
  ['# syntax=docker/dockerfile:1\nFROM a', 'docker/dockerfile:1', 'hash', 1],
  ['\ufeff#syntax = a/b:1 more words\r\nFROM a', 'a/b:1', 'hash', 1],
  ['#!/usr/bin/env x\n# SYNTAX=a', 'a', 'hash', 2],
  ['# escape=`\n# syntax=a', 'a', 'hash', 2],
  ['# a comment\n# syntax=a', undefined],
  ['# syntax=\nFROM a', undefined],
  ['// syntax=a b\nanything', 'a', 'slashes', 1],
  ['//check=x\n//syntax=a', 'a', 'slashes', 2],
  ['// text\n// syntax=a', undefined],
  ['{"x": 1, "syntax": "a/b"}', 'a/b', 'json', 1],
  ['#!/x\n{\n "syntax": "a"}', 'a', 'json', 2],
  ['{"syntax": 1}', undefined],
  ['{"syntax"', undefined],
  ['', undefined],
  ['FROM a', undefined],
];

for (const [text, image, form, line] of cases) {
  test(`detectSyntax() finds ${image ?? 'nothing'} in ${JSON.stringify(text)}`, () => {
    const syntax = detectSyntax(text);
    assert.deepEqual([syntax?.image, syntax?.form, syntax?.span.start.line], [image, form, line]);
  });
}

test('detectSyntax() gives the whole command line', () => {
  assert.equal(detectSyntax('# syntax= a/b:1 more words \n')?.commandLine, 'a/b:1 more words');
});
