import assert from 'node:assert/strict';
import { test } from 'node:test';
import { asWord, decodeText, parseJson } from './record-file.ts';

test('JSON is read in bounded memory, however it is nested and however many values a few bytes make', () => {
  assert.deepEqual(parseJson('a.json', '\n[1, 2]'), [1, 2]);
  const deep = 400_000;
  assert(Array.isArray(parseJson('a.json', '['.repeat(deep) + ']'.repeat(deep))));
  for (const value of ['{}', '[]', '0', '""'])
    assert.throws(() => parseJson('a.json', `[${`${value},`.repeat(1_000_000)}0]`), {
      code: 'CONTENT_TOO_LARGE',
      message: 'Cannot read a.json: it has more than 1000000 values',
    });
  assert.equal(Object.keys(parseJson('a.json', JSON.stringify({ files: 'x'.repeat(8 << 20) }))).length, 1);
});

test('what is no JSON object is an error that names the path', () => {
  for (const text of ['', ' ', 'null', '"x"', '{', '{"a":1}}'])
    assert.throws(() => parseJson('a/b.json', text), {
      code: 'PACKAGE_RECORD_INVALID',
      message: /^Cannot read a\/b\.json: /,
    });
});

test('text is read with and without a byte order mark, whatever its bytes', () => {
  for (const bytes of [Buffer.from('äb'), Buffer.from('\ufeffäb'), Buffer.from('\ufeffäb', 'utf16le')])
    assert.equal(decodeText(bytes), 'äb');
  assert.equal(decodeText(Buffer.from([0x61, 0xff, 0x62])), 'a\ufffdb');
  assert.equal(decodeText(Buffer.alloc(0)), '');
});

test('a word is what can be a name or a version', () => {
  assert.equal(asWord('  a@1.0+b~c:é '), 'a@1.0+b~c:é');
  for (const value of [
    '',
    ' ',
    'a b',
    'a\n',
    '\0',
    'a\ud800',
    '{{name}}',
    '<name>',
    '"',
    'x'.repeat(256),
    7,
    null,
    ['a'],
  ])
    assert.equal(asWord(value), value === 'a\n' ? 'a' : undefined);
});
