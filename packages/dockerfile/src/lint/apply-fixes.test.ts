import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseDockerfile } from '../parse-dockerfile.ts';
import { applyFixes } from './apply-fixes.ts';
import { lintDockerfile } from './lint-dockerfile.ts';

function fixed(text: string): string {
  let now = text;
  for (let round = 0; round < 10; round++) {
    const { text: next, fixed: done } = applyFixes(now, lintDockerfile(parseDockerfile(now)));
    if (done.length === 0) return now;
    now = next;
  }
  throw new Error(`never done: ${now}`);
}

const cases: readonly (readonly [before: string, after: string])[] = [
  ['FROM a:1 as Build\nrun x\nRUN y\n', 'FROM a:1 AS build\nRUN x\nRUN y\n'],
  ['FROM --platform=$TARGETPLATFORM a:1\n', 'FROM a:1\n'],
  ['FROM a:1\nENV a b\nENV c d e\nLABEL f\tg $h\n', 'FROM a:1\nENV a=b\nENV c="d e"\nLABEL f="g $h"\n'],
  ['FROM a:1\nENV a "b" c\nENV d e\\ f\n', 'FROM a:1\nENV a "b" c\nENV d e\\ f\n'],
  [
    'FROM a:1\nMAINTAINER me <me@example.org>\n',
    'FROM a:1\nLABEL org.opencontainers.image.authors="me <me@example.org>"\n',
  ],
  ['FROM a:1\nRUN a \\\n\n\n  && b\n', 'FROM a:1\nRUN a \\\n  && b\n'],
  ['FROM a:1\r\nRUN a \\\r\n\r\n  && b\r\n', 'FROM a:1\r\nRUN a \\\r\n  && b\r\n'],
  ['FROM a:1\nEXPOSE 8080:80/TCP 53/UDP\n', 'FROM a:1\nEXPOSE 80/tcp 53/udp\n'],
  ['FROM a:1\nCMD serve --name "a b"\n', 'FROM a:1\nCMD ["serve", "--name", "a b"]\n'],
  ['FROM a:1\nCMD exec serve\nENTRYPOINT a $B\n', 'FROM a:1\nCMD exec serve\nENTRYPOINT a $B\n'],
  ['FROM a:1\nENTRYPOINT serve\nCMD ["x"]\n', 'FROM a:1\nENTRYPOINT serve\nCMD ["x"]\n'],
  [
    'FROM a:1\nADD app.js a.tar.gz /\nADD app.js /\nadd . /\n',
    'FROM a:1\nADD app.js a.tar.gz /\nCOPY app.js /\nCOPY . /\n',
  ],
  [
    'FROM a:1\nRUN apt update \\\n # why\n && apt install \\\n  curl\n',
    'FROM a:1\nRUN apt-get update \\\n # why\n && apt-get install -y \\\n  curl\n',
  ],
  [
    'FROM a:1\nRUN <<E\napk add curl\npip install -r r\nE\n',
    'FROM a:1\nRUN <<E\napk add --no-cache curl\npip install --no-cache-dir -r r\nE\n',
  ],
];

for (const [before, after] of cases) {
  test(`fixes ${JSON.stringify(before)}`, () => assert.equal(fixed(before), after));
}

test('a fix leaves what it does not mean as it is, byte for byte', () => {
  const text = '\ufeff# é\r\nFROM a:1 as b\r\n\t# keep   \r\nRUN x   \r\n\r\n';
  assert.equal(fixed(text), text.replace(' as ', ' AS '));
});
