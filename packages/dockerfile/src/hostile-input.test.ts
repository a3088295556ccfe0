// biome-ignore-all lint/suspicious/noTemplateCurlyInString: the substitutions are of the Dockerfile language
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { isLadingError } from '@lading/errors';
import fc from 'fast-check';
import type { Dockerfile } from './dockerfile.ts';
import { parseIgnore } from './ignore-file.ts';
import type { Instruction } from './instruction.ts';
import { parseDockerfile } from './parse-dockerfile.ts';
import { parseInstruction } from './parse-instruction.ts';

/** The result, or undefined after an error of the right kind. */
function attempt(text: string | Uint8Array): Dockerfile | undefined {
  try {
    return parseDockerfile(text);
  } catch (error) {
    assert.ok(isLadingError(error, 'DOCKERFILE_INVALID'), String(error));
    return undefined;
  }
}

const keywords =
  'FROM RUN COPY ADD ENV ARG WORKDIR USER EXPOSE CMD ENTRYPOINT LABEL VOLUME STOPSIGNAL HEALTHCHECK SHELL ONBUILD MAINTAINER'.split(
    ' ',
  );
const fragment = fc.oneof(
  fc.constantFrom(...keywords),
  fc.constantFrom(
    ' ',
    '\n',
    '\r\n',
    '\t',
    '\\\n',
    '\\',
    '`',
    '#',
    '"',
    "'",
    '=',
    '--',
    '--from=x ',
    '--mount=type=cache,',
    '$',
    '${A:-',
    '}',
  ),
  fc.constantFrom(
    '["a"]',
    '[',
    ']',
    '<<E',
    '<<-"E" ',
    '\nE\n',
    'a',
    'a=b',
    '\u00a0',
    '\ufeff',
    '# escape=`\n',
    'FROM a\n',
    'é😀',
  ),
  fc.string({ maxLength: 5 }),
);
const anyText = fc.array(fragment, { maxLength: 30 }).map((parts) => parts.join(''));

const validLines = [
  'RUN --mount=type=cache,id=x,target=/c --network=none echo "a b" \\\n  # why\n  && c',
  "RUN cat <<E <<-'F'\n\ta $X\nE\n\tb\n\tF",
  'COPY --from=b --chown=1:2 --link --exclude=*.md a "b" /c/',
  'ADD ["a b", "\\u00e9"]',
  'ENV a=b c="d e" f=g\\ h',
  'ENV a  b = c',
  'ARG a b= c="d"',
  'HEALTHCHECK --interval=1m30s CMD ["x"]',
  'ONBUILD COPY <<E /d\nx\nE',
  'EXPOSE 80 $P 8000-8010/udp',
  'FROM --platform=$P b:1 AS c',
];
/** Valid instructions, some with something put into them. */
const nearlyValid = fc
  .array(fc.tuple(fc.constantFrom(...validLines), fc.option(fc.tuple(fc.nat(60), fragment), { nil: undefined })), {
    maxLength: 5,
  })
  .map((lines) =>
    lines.map(([line, edit]) => (edit ? line.slice(0, edit[0]) + edit[1] + line.slice(edit[0]) : line)).join('\n'),
  );

test('parseDockerfile() only throws DOCKERFILE_INVALID, whatever the text', () => {
  fc.assert(
    fc.property(anyText, (text) => {
      attempt(text);
      attempt(`FROM a\n${text}`);
    }),
    { numRuns: 1500 },
  );
});

test('parseDockerfile() only throws DOCKERFILE_INVALID, whatever the bytes', () => {
  fc.assert(fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => void attempt(bytes)));
});

test('spans lie in order within the text and give back what they cover', () => {
  fc.assert(
    fc.property(fc.oneof(anyText, nearlyValid, nearlyValid), (text) => {
      const file = attempt(`FROM a\n${text}`);
      if (file === undefined) return;
      let end = 0;
      for (const { span, original, keywordWord, flags, words } of file.instructions) {
        assert.ok(span.start.offset >= end && span.end.offset > span.start.offset);
        // between instructions there are only comments and blank lines
        for (const line of file.text.slice(end, span.start.offset).split('\n')) assert.match(line, /^\s*(#.*)?$/u);
        end = span.end.offset;
        assert.equal(file.text.slice(span.start.offset, end), original);
        for (const { span: inner } of [keywordWord, ...flags, ...words]) {
          assert.ok(inner.start.offset >= span.start.offset && inner.end.offset <= end);
          assert.ok(inner.start.offset <= inner.end.offset);
        }
        for (const { line, column, offset } of [span.start, span.end]) {
          const before: string[] = file.text.slice(0, offset).split('\n');
          assert.deepEqual([line, column], [before.length, (before.at(-1)?.length ?? 0) + 1]);
        }
      }
    }),
    { numRuns: 1500 },
  );
});

/** What an instruction means, without where it stands. */
function withoutPlaces(instruction: Instruction): unknown {
  return JSON.parse(
    JSON.stringify(instruction, (key, value) =>
      ['span', 'original', 'comments', 'keywordWord', 'flags', 'words'].includes(key) ? undefined : value,
    ),
  );
}

test('the source of an instruction parses to the same instruction again', () => {
  fc.assert(
    fc.property(fc.oneof(anyText, nearlyValid, nearlyValid), (text) => {
      for (const instruction of attempt(`FROM a\n${text}`)?.instructions ?? []) {
        assert.deepEqual(withoutPlaces(parseInstruction(instruction.original)), withoutPlaces(instruction));
      }
    }),
    { numRuns: 1500 },
  );
});

const MEGABYTE = 1 << 20;
const fill = (text: string): string => text.repeat(MEGABYTE / text.length);
const large: Readonly<Record<string, string>> = {
  'one long RUN': `FROM a\nRUN ${fill('x ')}`,
  'many instructions': `FROM a\n${fill('RUN echo hello\n')}`,
  'many continuations': `FROM a\nRUN x ${fill('\\\n y ')}`,
  'many comments within a RUN': `FROM a\nRUN x \\\n${fill('# y\n')}z`,
  'many blank lines': `FROM a\n${fill('\n')}`,
  'many stages': fill('FROM a AS b\n'),
  'many flags': `FROM a\nRUN ${fill('--mount=target=/x ')}`,
  'many sources': `FROM a\nCOPY ${fill('a ')}/x`,
  'many here-documents': `FROM a\nCOPY ${fill('<<a ').slice(0, MEGABYTE / 2)} /x\n${fill('a\n').slice(0, MEGABYTE / 4)}`,
  'a here-document that never ends': `FROM a\nRUN <<E\n${fill('x\n')}`,
  'many variables': `FROM a\nENV ${fill('a=b ')}`,
  'a deep array': `FROM a\nCMD ${fill('[')}`,
  'a large array': `FROM a\nCMD [${fill('"a",')}"b"]`,
  'nested ONBUILD': `FROM a\n${fill('ONBUILD ')}`,
  'nested substitutions': `FROM a\nRUN <<E ${fill('${A:-')}`,
  'many large ports': `FROM a\nEXPOSE ${fill('0-65535 ')}`,
  'many quotes': `FROM a\nLABEL ${fill('"=\' ')}`,
  'many escapes': `FROM a\nENV a=${fill('\\')}`,
  'spaces before a directive value': `# escape=${fill(' ')}x\nFROM a`,
  'many directives': fill('# check=skip=all\n'),
  'carriage returns': `FROM a${fill('\r')}`,
};

for (const [name, text] of Object.entries(large)) {
  test(`a megabyte of hostile text ends quickly: ${name}`, () => {
    const started = performance.now();
    attempt(text);
    assert.ok(performance.now() - started < 60_000, `${Math.round(performance.now() - started)} ms`);
  });
}

test('parseIgnore() takes a megabyte of patterns', () => {
  const started = performance.now();
  parseIgnore(fill('a/**/b*\n!c\n')).matches('a/b/c');
  parseIgnore(fill('*'));
  assert.ok(performance.now() - started < 60_000);
});
