import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { vector } from '@lading/testkit';
import { readDirectives } from './directives.ts';
import { formatTree } from './format-tree.ts';
import type { ParsedLines } from './node.ts';
import { parseLines } from './parse-lines.ts';
import { SourceText } from './source.ts';

function parse(text: string): ParsedLines {
  const source = new SourceText(text, 'Dockerfile');
  const directives = readDirectives(source);
  return parseLines(source, directives.escape, directives.lines);
}

test('parseLines() gives the reference tree for every file of testfiles', (t) => {
  const folder = vector(t, 'dockerfile/testfiles');
  if (folder === undefined) return;
  const names = readdirSync(folder);
  assert.ok(names.length >= 30);
  for (const name of names) {
    const { nodes } = parse(readFileSync(join(folder, name, 'Dockerfile'), 'utf8'));
    const expected = readFileSync(join(folder, name, 'result'), 'utf8').trim();
    assert.equal(formatTree(nodes), expected, name);
  }
});

test('parseLines() gives the reference line ranges for testfile-line', (t) => {
  const path = vector(t, 'dockerfile/testfile-line/Dockerfile');
  if (path === undefined) return;
  const { nodes } = parse(readFileSync(path, 'utf8'));
  assert.deepEqual(
    nodes.map((node) => [node.span.start.line, node.span.end.line]),
    [
      [5, 5],
      [11, 12],
      [17, 31],
    ],
  );
});

test('parseLines() warns once per instruction of blank lines in a continuation, not of comments', () => {
  const { warnings, nodes } = parse(
    'RUN a \\\n\n b \\\n\n c\n\nRUN another \\\n\n thing\nRUN x \\\n# comment\n y\nRUN z \\\n   # indented\n w\n',
  );
  assert.deepEqual(
    warnings.map((warning) => [warning.kind, warning.span.start.line]),
    [
      ['empty-continuation', 2],
      ['empty-continuation', 8],
    ],
  );
  assert.deepEqual(
    nodes.map((node) => node.rest.text),
    ['a  b  c', 'another  thing', 'x  y', 'z  w'],
  );
});

test('parseLines() maps words of continued lines to where they are written', () => {
  const text = 'COPY --ch\\\nown=a "x" \\\n  # comment\n  one\\\ntwo \\\n  /dest\n';
  const { nodes } = parse(text);
  const [node] = nodes;
  const at = (word: { span: { start: { offset: number }; end: { offset: number } } } | undefined): string =>
    text.slice(word?.span.start.offset, word?.span.end.offset);
  assert.deepEqual(node?.flags.map(at), ['--ch\\\nown=a']);
  assert.deepEqual(
    node?.flags.map((flag) => flag.text),
    ['--chown=a'],
  );
  assert.deepEqual(node?.words.map(at), ['"x"', 'one\\\ntwo', '/dest']);
  assert.deepEqual(
    node?.words.map((word) => word.text),
    ['"x"', 'onetwo', '/dest'],
  );
});

test('parseLines() places the strings of a JSON form', () => {
  const text = 'CMD [ "a", \\\n "b\\"c" ]';
  const words = parse(text).nodes[0]?.words ?? [];
  assert.deepEqual(
    words.map((word) => [word.text, text.slice(word.span.start.offset, word.span.end.offset)]),
    [
      ['a', '"a"'],
      ['b"c', '"b\\"c"'],
    ],
  );
});

test('parseLines() reads here-documents as sh does', () => {
  const cases: [string, unknown[]][] = [
    ['USER <<NO', []],
    ['RUN "<<NO"', []],
    ['RUN ["<<NO"]', []],
    ['RUN <<EMPTY\nEMPTY', [['EMPTY', '', true, 0]]],
    ['RUN 3<<FD\nFD', [['FD', '', true, 3]]],
    ['RUN <<KEEP\n\tfoo\nKEEP', [['KEEP', '\tfoo\n', true, 0]]],
    ['RUN <<-TABS\n\tfoo\n\t\tbar\n\tTABS', [['TABS', 'foo\nbar\n', true, 0]]],
    ["RUN <<-'RAW'\n\t$NAME\nRAW", [['RAW', '$NAME\n', false, 0]]],
    ['RUN <<C\n# inner\necho # more\nC', [['C', '# inner\necho # more\n', true, 0]]],
    ['RUN --mount=type=cache,target=/c <<M\nx\nM', [['M', 'x\n', true, 0]]],
    [
      'COPY <<X <<Y /dest\nY\nX\nX\nY',
      [
        ['X', 'Y\n', true, 0],
        ['Y', 'X\n', true, 0],
      ],
    ],
    ['COPY <<file.txt /dest\nhello\nfile.txt', [['file.txt', 'hello\n', true, 0]]],
    ["RUN <<eo'f'\nx\neof", [['eof', 'x\n', false, 0]]],
    ["RUN <<eo\\'f\nx\neo'f", [["eo'f", 'x\n', true, 0]]],
    ["RUN <<'e'o\\'f\nx\neo'f", [["eo'f", 'x\n', false, 0]]],
    ["RUN <<'one two'\nx\none two", [['one two', 'x\n', false, 0]]],
    ['RUN <<$EOF\n$EOF', [['$EOF', '', true, 0]]],
    ['RUN <<  EOF  > foo\nEOF', [['EOF', '', true, 0]]],
    ['RUN <<CRLF\r\na\r\nCRLF\r\n', [['CRLF', 'a\r\n', true, 0]]],
    ['ONBUILD RUN <<T\nx\nT', [['T', 'x\n', true, 0]]],
    ['ONBUILD RUN ["<<T"]', []],
    ['RUN echo $((1<<2))', []],
    ['RUN cat <<<word', []],
  ];
  for (const [text, expected] of cases) {
    const { nodes } = parse(`${text}\nUSER after`);
    assert.deepEqual(
      nodes[0]?.heredocs.map(({ name, content, expand, fileDescriptor }) => [name, content, expand, fileDescriptor]),
      expected,
      text,
    );
    assert.equal(nodes.at(-1)?.rest.text, 'after', text);
  }
});

test('parseLines() keeps the comments above an instruction, from the last empty one', () => {
  const { nodes } = parse('#syntax=x\n# heading\n#\n# one\n\n# two\nFROM a\nRUN b');
  assert.deepEqual(
    nodes.map((node) => node.comments.map((comment) => comment.text)),
    [['one', 'two'], []],
  );
});
