import assert from 'node:assert/strict';
import { test } from 'node:test';
import { excerptAt } from './error-at.ts';
import { parseDockerfile } from './parse-dockerfile.ts';

function excerptOfLast(text: string): string {
  const file = parseDockerfile(text);
  const last = file.instructions.at(-1);
  assert.ok(last !== undefined);
  return excerptAt(file, last.span);
}

test('an excerpt numbers every line of a span and underlines what is meant of each', () => {
  const blank = '\n'.repeat(7);
  assert.equal(
    excerptOfLast(`FROM a\n${blank}RUN a \\\n\n  && b\n`),
    [' 9 | RUN a \\', '   | ^^^^^^^', '10 |', '11 |   && b', '   |   ^^^^'].join('\n'),
  );
});

test('an excerpt of many lines ends early and says how many it leaves out', () => {
  const rows = excerptOfLast(`FROM a\nRUN <<E\n${'x\n'.repeat(20)}E\n`).split('\n');
  assert.equal(rows.filter((row) => /\d \|/.test(row)).length, 7);
  assert.equal(rows.at(-1), '  | … 15 more lines');
});

test('an excerpt of a long line is cut around the span', () => {
  const file = parseDockerfile(`FROM a\nCOPY ${'a '.repeat(2000)}b /d\n`);
  const word = file.instructions[1]?.words.at(-1);
  assert.ok(word !== undefined);
  const [line = '', marks = ''] = excerptAt(file, word.span).split('\n');
  assert.ok(line.length < 200);
  assert.equal(line.slice(marks.indexOf('^'), marks.lastIndexOf('^') + 1), '/d');
});

test('an excerpt holds nothing that steers a terminal', () => {
  assert.equal(excerptOfLast('FROM a\nRUN \u001b[2J\u202e x\n'), '2 | RUN \ufffd[2J\ufffd x\n  | ^^^^^^^^^^^');
});
