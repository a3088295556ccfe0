import assert from 'node:assert/strict';
import { test } from 'node:test';
import { isLadingError } from '@lading/errors';
import fc from 'fast-check';
import { parseControl, parseParagraph, readControl } from './control.ts';

const text =
  'Package: a\nDescription: one\n two\n .\n three\n# a remark\nMaintainer: Zoë <z@example.org>\n\n\n\nPackage: b\n';

test('parseControl() reads fields, continuation lines and UTF-8', () => {
  const [a, b, ...rest] = parseControl(text);
  assert.equal(rest.length, 0);
  assert.equal(a?.get('package'), 'a');
  assert.equal(a?.get('Description'), 'one\n two\n .\n three');
  assert.equal(a?.get('MAINTAINER'), 'Zoë <z@example.org>');
  assert.equal(a?.get('Absent'), undefined);
  assert.deepEqual([...(b?.fields() ?? [])], [['Package', 'b']]);
});

test('readControl() gives the same paragraphs wherever the stream is cut', async () => {
  const whole = parseControl(text).map(String);
  await fc.assert(
    fc.asyncProperty(fc.integer({ min: 1, max: 20 }), async (step) => {
      async function* chunks(): AsyncGenerator<Uint8Array> {
        const buffer = Buffer.from(text);
        for (let at = 0; at < buffer.length; at += step) yield buffer.subarray(at, at + step);
      }
      const read: string[] = [];
      for await (const paragraph of readControl(chunks())) read.push(String(paragraph));
      assert.deepEqual(read, whole);
    }),
    { numRuns: 20 },
  );
});

test('a control file that does not parse names the line', () => {
  for (const [input, line] of [
    ['Package: a\nbroken\n', 2],
    ['Package: a\n\n\n stray\n', 4],
    [': x\n', 1],
  ] as const) {
    assert.throws(
      () => parseControl(input),
      (error) => isLadingError(error, 'CONTROL_INVALID') && error.details.line === line,
    );
  }
  assert.throws(() => parseParagraph(text), /has 2 paragraphs/);
});
