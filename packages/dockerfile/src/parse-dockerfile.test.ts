// biome-ignore-all lint/suspicious/noTemplateCurlyInString: the substitutions are of the Dockerfile language
import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { isLadingError } from '@lading/errors';
import { vector } from '@lading/testkit';
import type { Instruction, Keyword } from './instruction.ts';
import { parseDockerfile } from './parse-dockerfile.ts';
import { parseInstruction } from './parse-instruction.ts';
import { stageIndex } from './stage-index.ts';

/** The instruction without what every instruction has. */
function meaning(text: string): object {
  const { span, original, line, keywordWord, flags, words, comments, ...rest } = parseInstruction(text);
  return rest;
}

function only<K extends Keyword>(text: string, keyword: K): Extract<Instruction, { keyword: K }> {
  const instruction = parseInstruction(text);
  assert.equal(instruction.keyword, keyword);
  return instruction as Extract<Instruction, { keyword: K }>;
}

test('parseDockerfile() reads global arguments, stages and names', () => {
  const file = parseDockerfile(
    '# syntax=docker/dockerfile:1 more\n# check=skip=all\nARG V=1\nARG W\nFROM --platform=$BUILDPLATFORM a:$V AS Build\nRUN x\nFROM build\nCOPY --from=0 /a /b\n',
  );
  const { spans, ...directives } = file.directives;
  assert.deepEqual(directives, { syntax: 'docker/dockerfile:1', escape: '\\', check: 'skip=all' });
  assert.deepEqual([spans.syntax?.start.line, spans.check?.start.line, spans.escape], [1, 2, undefined]);
  assert.deepEqual(
    file.globalArgs.map((arg) => arg.args.map(({ name, value }) => [name, value])),
    [[['V', '1']], [['W', undefined]]],
  );
  assert.deepEqual(
    file.stages.map(({ index, name, from, instructions }) => [
      index,
      name,
      from.image,
      from.platform,
      instructions.length,
    ]),
    [
      [0, 'build', 'a:$V', '$BUILDPLATFORM', 1],
      [1, undefined, 'build', undefined, 1],
    ],
  );
  assert.equal(file.instructions.length, 6);
  assert.deepEqual(
    file.stages.map(({ span }) => [span.start.line, span.end.line]),
    [
      [5, 6],
      [7, 8],
    ],
  );
});

test('stageIndex() finds stages by name without case and by number', () => {
  const file = parseDockerfile('FROM a AS one\nFROM b AS two\nFROM c AS one\n');
  assert.equal(stageIndex(file, 'TWO'), 1);
  assert.equal(stageIndex(file, 'one'), 2);
  assert.equal(stageIndex(file, 'one', 2), 0);
  assert.equal(stageIndex(file, '1'), 1);
  assert.equal(stageIndex(file, 2), 2);
  assert.equal(stageIndex(file, '3'), undefined);
  assert.equal(stageIndex(file, 1, 1), undefined);
  assert.equal(stageIndex(file, 'alpine'), undefined);
});

test('parseInstruction() gives every instruction its meaning', () => {
  const cases: [string, object][] = [
    ['from scratch', { keyword: 'FROM', image: 'scratch' }],
    ['CMD', { keyword: 'CMD', form: 'shell', command: '' }],
    ['CMD echo  hi', { keyword: 'CMD', form: 'shell', command: 'echo  hi' }],
    ['ENTRYPOINT []', { keyword: 'ENTRYPOINT', form: 'exec', argv: [] }],
    ['ENTRYPOINT ["a", "\\u00e9\\n"]', { keyword: 'ENTRYPOINT', form: 'exec', argv: ['a', 'é\n'] }],
    ["ENTRYPOINT ['a']", { keyword: 'ENTRYPOINT', form: 'shell', command: "['a']" }],
    ['WORKDIR /a b', { keyword: 'WORKDIR', path: '/a b' }],
    ['USER me:us', { keyword: 'USER', user: 'me:us' }],
    ['EXPOSE 80 $PORT 9-10/udp', { keyword: 'EXPOSE', ports: ['80', '$PORT', '9-10/udp'] }],
    ['VOLUME /a /b', { keyword: 'VOLUME', paths: ['/a', '/b'] }],
    ['VOLUME ["/a b"]', { keyword: 'VOLUME', paths: ['/a b'] }],
    ['STOPSIGNAL SIGINT', { keyword: 'STOPSIGNAL', signal: 'SIGINT' }],
    ['SHELL ["sh", "-c"]', { keyword: 'SHELL', shell: ['sh', '-c'] }],
    ['MAINTAINER me', { keyword: 'MAINTAINER', maintainer: 'me' }],
    ['HEALTHCHECK none', { keyword: 'HEALTHCHECK', check: 'none' }],
    [
      'HEALTHCHECK --interval=1m30s --timeout=500ms --start-period=0s --start-interval=1.5s --retries=3 CMD a b',
      {
        keyword: 'HEALTHCHECK',
        check: { form: 'shell', command: 'a b' },
        intervalNs: 90e9,
        timeoutNs: 5e8,
        startPeriodNs: 0,
        startIntervalNs: 1.5e9,
        retries: 3,
      },
    ],
    ['HEALTHCHECK CMD ["a"]', { keyword: 'HEALTHCHECK', check: { form: 'exec', argv: ['a'] } }],
    [
      'COPY --from=b --chown=1:2 --chmod=755 --link --parents --exclude=*.md --exclude=x a b /c/',
      {
        keyword: 'COPY',
        sources: ['a', 'b'],
        heredocs: [],
        destination: '/c/',
        link: true,
        exclude: ['*.md', 'x'],
        chown: '1:2',
        chmod: '755',
        parents: true,
        from: 'b',
      },
    ],
    [
      'ADD --keep-git-dir=false --checksum=sha256:0 --unpack --link=FALSE u /d',
      {
        keyword: 'ADD',
        sources: ['u'],
        heredocs: [],
        destination: '/d',
        link: false,
        exclude: [],
        keepGitDir: false,
        checksum: 'sha256:0',
        unpack: true,
      },
    ],
    [
      'RUN --network=none --security=insecure --device=gpu,required echo',
      {
        keyword: 'RUN',
        form: 'shell',
        command: 'echo',
        heredocs: [],
        mounts: [],
        network: 'none',
        security: 'insecure',
        devices: [{ name: 'gpu', required: true }],
      },
    ],
  ];
  for (const [text, expected] of cases) assert.deepEqual(meaning(text), expected, text);
});

test('parseInstruction() keeps names and values as written, in both forms', () => {
  const read = (text: string) => only(text, 'ENV').variables.map(({ name, value, legacy }) => [name, value, legacy]);
  assert.deepEqual(read('ENV a=1 b="x y" c=z\\ w d='), [
    ['a', '1', false],
    ['b', '"x y"', false],
    ['c', 'z\\ w', false],
    ['d', '', false],
  ]);
  assert.deepEqual(read('ENV a  b = c'), [['a', 'b = c', true]]);
  assert.deepEqual(
    only('ARG a b= c="d e"', 'ARG').args.map(({ name, value }) => [name, value]),
    [
      ['a', undefined],
      ['b', ''],
      ['c', '"d e"'],
    ],
  );
  assert.equal(only('LABEL "a b"=c', 'LABEL').labels[0]?.name, '"a b"');
});

test('parseInstruction() gives here-documents of COPY as sources with content', () => {
  const copy = only("COPY <<one other <<-'two' /d/\nA $X\none\n\tB $X\n\ttwo\n", 'COPY');
  assert.deepEqual(copy.sources, ['other']);
  assert.deepEqual(
    copy.heredocs.map(({ name, content, expand }) => [name, content, expand]),
    [
      ['one', 'A $X\n', true],
      ['two', 'B $X\n', false],
    ],
  );
});

test('ONBUILD keeps an expression that parses to the same trigger again', () => {
  const onbuild = only('ONBUILD COPY --link <<a \\\n <<-b /d\nx\na\n\ty\n\tb\n', 'ONBUILD');
  assert.equal(onbuild.trigger.keyword, 'COPY');
  assert.equal(onbuild.expression, 'COPY --link <<a  <<-b /d\nx\na\n\ty\nb');
  const again = only(onbuild.expression, 'COPY');
  assert.ok(onbuild.trigger.keyword === 'COPY');
  assert.deepEqual(
    again.heredocs.map(({ name, content }) => [name, content]),
    onbuild.trigger.heredocs.map(({ name, content }) => [name, content]),
  );
  assert.equal(again.link, true);
});

test('parseDockerfile() reads CRLF, a byte order mark and bytes', () => {
  const text = '\ufeff# escape=`\r\nFROM a\r\nRUN b `\r\n  c\r\n';
  for (const input of [text, Buffer.from(text)]) {
    const file = parseDockerfile(input);
    assert.equal(file.directives.escape, '`');
    const run = file.stages[0]?.instructions[0];
    assert.ok(run?.keyword === 'RUN' && run.form === 'shell');
    assert.equal(run.command, 'b   c');
    assert.deepEqual(run.span.start, { line: 3, column: 1, offset: text.indexOf('RUN') });
    assert.equal(run.original, 'RUN b `\r\n  c');
  }
  const first = parseDockerfile('\ufeffFROM a').stages[0]?.span.start;
  assert.deepEqual(first, { line: 1, column: 1, offset: 1 });
});

test('parseDockerfile() warns of bytes that are not UTF-8', () => {
  const file = parseDockerfile(Buffer.from('FROM a\n# caf\xe9\nRUN b', 'latin1'));
  assert.deepEqual(
    file.warnings.map(({ kind, span }) => [kind, span.start.line]),
    [['invalid-utf8', 2]],
  );
});

test('parseDockerfile() refuses UTF-16 and says what it is', () => {
  for (const bytes of [Buffer.from('\ufeffFROM a', 'utf16le'), Buffer.from('\ufeffFROM a', 'utf16le').swap16()]) {
    assert.throws(
      () => parseDockerfile(bytes),
      (error) =>
        isLadingError(error, 'DOCKERFILE_INVALID') && /^Dockerfile:1:1: the file is UTF-16/.test(error.message),
    );
  }
});

test('behind a #! line directives are found but the escape character stays', () => {
  const { directives } = parseDockerfile(
    '#!/usr/bin/env x\n# syntax=a\n# syntax=b\n# escape=`\nFROM a\nRUN b \\\n c\n',
  );
  assert.deepEqual([directives.syntax, directives.escape], ['a', '\\']);
});

test('every reference file that must fail does', (t) => {
  const folder = vector(t, 'dockerfile/testfiles-negative');
  if (folder === undefined) return;
  for (const name of readdirSync(folder)) {
    const bytes = readFileSync(join(folder, name, 'Dockerfile'));
    assert.throws(
      () => parseDockerfile(bytes),
      (error) => isLadingError(error, 'DOCKERFILE_INVALID'),
      name,
    );
  }
});

test('the reference files that are whole Dockerfiles parse, and each span gives back its source', (t) => {
  const folder = vector(t, 'dockerfile/testfiles');
  if (folder === undefined) return;
  let parsed = 0;
  for (const name of readdirSync(folder)) {
    const text: string = readFileSync(join(folder, name, 'Dockerfile'), 'utf8');
    // `flags` and `health` hold flags and forms that only the line grammar takes
    if (!/^\s*FROM/im.test(text) || name === 'flags' || name === 'health') continue;
    const file = parseDockerfile(text);
    for (const { span, original } of file.instructions) {
      assert.equal(text.slice(span.start.offset, span.end.offset), original);
    }
    parsed++;
  }
  assert.ok(parsed > 20);
});

test('errors name the place, show it, and say what to do', () => {
  const cases: [text: string, place: string, message: RegExp, hint: RegExp][] = [
    ['FROM a\n\n  RUNN x', '3:3', /unknown instruction "RUNN"/, /Did you mean RUN\?/],
    ['FROM a\nRUN x &&\n  && y', '3:3', /unknown instruction "&&"/, /belongs to the one above/],
    ['FROM a\nCOPY --form=b c d', '2:6', /unknown flag --form of COPY/, /Did you mean --from/],
    ['FROM a\nCMD --x y', '2:5', /unknown flag --x/, /no flags/],
    ['FROM a\nCOPY --link --link a b', '2:13', /given twice/, /Keep one/],
    ['FROM a\nCOPY --link=maybe a b', '2:6', /true or false/, /--link/],
    ['FROM a\nCOPY --from a b', '2:6', /needs a value/, /--from=/],
    ['RUN x\nFROM a', '1:1', /before the first FROM/, /ARG/],
    ['ARG x', '1:1', /no FROM/, /FROM/],
    ['', '1:1', /no instructions/, /FROM/],
    ['FROM a AS 1x', '1:11', /no name for a stage/, /letter/],
    ['FROM a b', '1:6', /2 arguments/, /AS/],
    ['FROM a IS b', '1:8', /expected AS/, /AS name/],
    ['FROM a\nCOPY x', '2:6', /no destination/, /For example/],
    ['FROM a\nCOPY x <<E\nE', '2:8', /destination/, /last/],
    ['FROM a\nRUN <<E\nx', '2:1', /"E" never ends/, /line with nothing but E/],
    ['FROM a\nENV =x', '2:5', /no name/, /name=value/],
    ['FROM a\nENV a=b c', '2:9', /"c" has no "="/, /quotes/],
    ['FROM a\nARG =x', '2:5', /no name/, /default/],
    ['FROM a\nONBUILD', '2:1', /needs an instruction/, /COPY/],
    ['FROM a\nONBUILD ONBUILD RUN x', '2:9', /cannot be the trigger/, /./],
    ['FROM a\nONBUILD FROM b', '2:9', /FROM cannot be the trigger/, /^$/],
    ['FROM a\nSHELL sh', '2:1', /JSON/, /SHELL \[/],
    ['FROM a\nEXPOSE 1.2.3:80:80', '2:8', /no IP address/, /8000-8010/],
    ['FROM a\nRUN x\0', '2:6', /NUL/, /UTF-8/],
    ['// syntax=example.org/f:1\nx', '1:1', /frontend example.org\/f:1/, /no other/],
    ['FROM a\nEXPOSE 80 99999', '2:11', /above 65535/, /8000-8010/],
    ['FROM a\nHEALTHCHECK --interval=5 CMD x', '2:13', /no duration/, /30s/],
    ['FROM a\nHEALTHCHECK TCP x', '2:13', /knows no "TCP"/, /CMD/],
    ['FROM a\nRUN --mount=type=cahce x', '2:5', /type of --mount/, /cache/],
    ['FROM a\nRUN --network=hots x', '2:5', /--network/, /host/],
    ['FROM a\nCMD ["a", 1]', '2:5', /more than strings/, /double quotes/],
    ['# escape=x\nFROM a', '1:1', /escape character/, /escape=/],
    ['# escape=`\n# escape=`\nFROM a', '2:1', /twice/, /Keep one/],
    ['FROM a\n\\\n', '2:1', /continues nothing/, /Remove/],
  ];
  for (const [text, place, message, hint] of cases) {
    assert.throws(
      () => parseDockerfile(text, { filename: 'app/Dockerfile' }),
      (error) => {
        assert.ok(isLadingError(error, 'DOCKERFILE_INVALID'), text);
        assert.ok(error.message.startsWith(`app/Dockerfile:${place}: `), `${text}: ${error.message}`);
        assert.match(error.message, message);
        assert.match(error.hint ?? '', hint);
        return true;
      },
      text,
    );
  }
});

test('an error shows the line with carets under the part that is meant', () => {
  assert.throws(
    () => parseDockerfile('FROM a\n\tCOPY --form=b c d\n'),
    (error) => isLadingError(error) && error.details.excerpt === '2 | \tCOPY --form=b c d\n  | \t     ^^^^^^^^',
  );
});
