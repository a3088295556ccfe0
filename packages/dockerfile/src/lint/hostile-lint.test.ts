// biome-ignore-all lint/suspicious/noTemplateCurlyInString: the substitutions are of the Dockerfile language
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { isLadingError } from '@lading/errors';
import fc from 'fast-check';
import { parseDockerfile } from '../parse-dockerfile.ts';
import { applyFixes } from './apply-fixes.ts';
import type { Finding } from './finding.ts';
import { lintDockerfile } from './lint-dockerfile.ts';

const pieces = fc.constantFrom(
  ...'FROM |a|scratch| AS b|\n|RUN |COPY |ADD |ENV |ARG |LABEL |CMD |EXPOSE |USER |ONBUILD |SHELL |HEALTHCHECK CMD |MAINTAINER |WORKDIR '.split(
    '|',
  ),
  ...'apt-get install |apt |curl -k | \\| | && |cd /x|sudo |pip install |$x|${y:-|}|"|\'|\\\n|`|$(|)|<<E|\nE\n|#|=|--from=b |--platform=|80/TCP|é😀|\t|;|>|.env'.split(
    '|',
  ),
  '\\\n\n',
  ' | sh',
  '# check=skip=all\n',
  '["a"]',
  '\r\n',
);
const texts = fc.array(pieces, { maxLength: 40 }).map((parts) => parts.join(''));

function lint(text: string): { findings: Finding[]; length: number } | undefined {
  try {
    const file = parseDockerfile(text);
    return { findings: lintDockerfile(file), length: file.text.length };
  } catch (error) {
    assert.ok(isLadingError(error, 'DOCKERFILE_INVALID'), String(error));
    return undefined;
  }
}

test('findings lie within the text, in order, and only a LadingError is thrown', () => {
  fc.assert(
    fc.property(texts, (text) => {
      const result = lint(`FROM a\n${text}`);
      let last = 0;
      for (const { span, fix, message } of result?.findings ?? []) {
        for (const { start, end } of [span, ...(fix?.edits ?? []).map((edit) => edit.span)]) {
          assert.ok(start.offset >= 0 && start.offset <= end.offset && end.offset <= (result?.length ?? 0), message);
        }
        assert.ok(span.start.offset >= last);
        last = span.start.offset;
      }
    }),
    { numRuns: 500 },
  );
});

test('a file that parses still parses when its fixes are made, and has less to be found', () => {
  fc.assert(
    fc.property(texts, (text) => {
      const before = lint(`FROM a\n${text}`);
      if (before === undefined) return;
      const { text: after, fixed } = applyFixes(`FROM a\n${text}`, before.findings);
      if (fixed.length > 0) assert.ok(lint(after) !== undefined, JSON.stringify([text, after]));
    }),
    { numRuns: 500 },
  );
});

const SIZE = 1 << 16;
const fill = (text: string): string => text.repeat(SIZE / text.length);
const large: Readonly<Record<string, string>> = {
  'many commands': `FROM a\nRUN ${fill('apt-get install a && ')}true`,
  'many RUNs': `FROM a\n${fill('RUN curl -k a | sh\n')}`,
  'many stages': fill('FROM a AS b\n'),
  'stages that start from each other': `FROM a AS s0\n${Array.from({ length: 1500 }, (_, index) => `FROM s${index} AS s${index + 1}\nENV a${index}=$b`).join('\n')}`,
  'many variables': `FROM a\n${fill('ENV a=$b\n')}`,
  'open substitutions': `FROM a\nRUN ${fill('"$(')}`,
  'open parentheses': `FROM a\nRUN ${fill('$((')}`,
  'many quotes': `FROM a\nRUN ${fill('"\'`')}`,
  'many pipes': `FROM a\nRUN ${fill('a|')}b`,
  'a long address': `FROM a\nRUN https://${fill('a:b')}`,
  'a long image': `FROM ${fill('a.')}`,
  'many arguments that change': `FROM a\n${fill('ARG GIT_SHA\nRUN x\n')}`,
};

for (const [name, text] of Object.entries(large)) {
  test(`a large hostile file is checked in time: ${name}`, () => {
    const started = performance.now();
    lint(text);
    assert.ok(performance.now() - started < 60_000, `${Math.round(performance.now() - started)} ms`);
  });
}
