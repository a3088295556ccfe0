import assert from 'node:assert/strict';
import { chmod, link, mkdir, rm, symlink, utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { isLadingError, messageOf } from '@lading/errors';
import { createMemoryRepository } from '@lading/store';
import { readTar } from '@lading/tar';
import { temporaryFolder } from '@lading/testkit';
import fc from 'fast-check';
import type { BuildRequest } from './request.ts';
import { linux, tarOf, type Workbench, workbench } from './testing/workbench.ts';

test('build() makes an image whose config and history tell what the Dockerfile says', async (t) => {
  const bench = await workbench(t);
  const context = await bench.context({
    'app/main.js': 'hello',
    Dockerfile: [
      'ARG VERSION=1',
      'FROM scratch',
      'ARG VERSION',
      'ENV NAME=x VERSION2=$VERSION',
      'WORKDIR /srv/app',
      'COPY app .',
      'LABEL z=1 a="$NAME"',
      'EXPOSE 8080 53/udp',
      'VOLUME /data',
      'USER 1000',
      'STOPSIGNAL SIGINT',
      'HEALTHCHECK --interval=5s CMD check',
      'ENTRYPOINT ["/main"]',
      'CMD ["--help"]',
    ].join('\n'),
  });
  const result = await bench.build(context, { buildArgs: { VERSION: '7' }, labels: { b: '2' } });
  const { config, manifest } = await bench.image(result);
  assert.deepEqual(config.config, {
    Env: ['PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin', 'NAME=x', 'VERSION2=7'],
    WorkingDir: '/srv/app',
    User: '1000',
    StopSignal: 'SIGINT',
    Healthcheck: { Test: ['CMD-SHELL', 'check'], Interval: 5e9 },
    Entrypoint: ['/main'],
    Cmd: ['--help'],
    ExposedPorts: { '53/udp': {}, '8080/tcp': {} },
    Volumes: { '/data': {} },
    Labels: { a: 'x', b: '2', z: '1' },
  });
  assert.equal(config.created, '2001-09-09T01:46:40Z');
  assert.deepEqual(
    config.history?.map(({ created_by, empty_layer }) => [created_by, empty_layer ?? false]).slice(0, 5),
    [
      ['ARG VERSION', true],
      ['ENV NAME=x VERSION2=$VERSION', true],
      ['WORKDIR /srv/app', false],
      ['COPY app .', false],
      ['LABEL z=1 a="$NAME"', true],
    ],
  );
  assert.equal(manifest.layers.length, 2);
  assert.deepEqual(await bench.files(result), {
    srv: '0755 0:0 /',
    'srv/app': '0755 0:0 /',
    'srv/app/main.js': '0644 0:0 hello',
  });
  assert.deepEqual(result.platform, linux);
  assert.deepEqual(
    result.steps.map(({ title, line, cached }) => [title, line, cached]),
    [
      ['stage-0 3/12 WORKDIR /srv/app', 5, false],
      ['stage-0 4/12 COPY app .', 6, false],
    ],
  );
});

test('build() builds needed stages alone, and a COPY --from may name one that stands below', async (t) => {
  const bench = await workbench(t);
  const context = await bench.context({
    a: 'A',
    b: 'B',
    Dockerfile: `FROM scratch AS Files
COPY a /one/
FROM nosuchimage AS unused
COPY nothing /
FROM scratch AS final
COPY --from=FILES /one /
COPY --from=0 /one/a /by-index
COPY --from=later /b /
FROM files AS later
COPY b /
`,
  });
  const result = await bench.build(context, { target: 'final' });
  assert.deepEqual(await bench.files(result), {
    a: '0644 0:0 A',
    b: '0644 0:0 B',
    'by-index': '0644 0:0 A',
  });
  assert.deepEqual(
    result.steps.map(({ line }) => line),
    [2, 6, 7, 8, 10],
  );
  assert.deepEqual(await bench.files(await bench.build(context, { target: '0' })), {
    one: '0755 0:0 /',
    'one/a': '0644 0:0 A',
  });
});

test('build() is not slowed down by stages that need many others', async (t) => {
  const bench = await workbench(t);
  const stages = Array.from(
    { length: 40 },
    (_, at) =>
      `FROM scratch AS s${at}\nCOPY a /${at}\n${at > 1 ? `COPY --from=s${at - 1} / /\nCOPY --from=s${at - 2} / /\n` : ''}`,
  );
  const context = await bench.context({ a: '1', Dockerfile: stages.join('') });
  assert.equal(Object.keys(await bench.files(await bench.build(context))).length, 40);
});

test('build() asks for each base image once', async (t) => {
  const bench = await workbench(t);
  const base = await bench.build(await bench.context({ a: '1', Dockerfile: 'FROM scratch\nCOPY a /\n' }));
  let asked = 0;
  const image = await bench.image(base);
  bench.images.get = () => {
    asked++;
    return image;
  };
  const context = await bench.context({
    Dockerfile:
      'FROM base AS x\nFROM base AS y\nFROM base\nCOPY --from=base /a /b\nCOPY --from=x /a /c\nCOPY --from=y / /\n',
  });
  assert.deepEqual(Object.keys(await bench.files(await bench.build(context))), ['a', 'b', 'c']);
  assert.equal(asked, 1);
});

test('build() refuses stages that need each other, targets and stages that are not there', async (t) => {
  const bench = await workbench(t);
  const refused = async (text: string, message: RegExp, request = {}): Promise<void> => {
    const context = await bench.context({ Dockerfile: text });
    await assert.rejects(
      bench.build(context, request),
      (error) => isLadingError(error, 'BUILD_INVALID') && message.test(error.message),
    );
  };
  await refused('FROM scratch AS a\nCOPY --from=b / /\nFROM scratch AS b\nCOPY --from=a / /\n', /b → a → b/);
  await refused('FROM scratch AS a\nCOPY --from=a / /\n', /a → a/);
  await refused('FROM scratch\nCOPY --from=3 / /\n', /stage 3/);
  await refused('FROM scratch AS one\n', /target "two"/, { target: 'two' });
  await refused('ARG BASE\nFROM $BASE\n', /Dockerfile:2: "\$BASE" is empty/);
});

test('build() refuses a circle through a trigger of a base image instead of waiting for ever', async (t) => {
  const bench = await workbench(t);
  const base = await bench.build(
    await bench.context({ Dockerfile: 'FROM scratch\nONBUILD COPY --from=other /f /\nONBUILD ENV A=1\n' }),
  );
  bench.images.set('base', await bench.image(base));
  const circle = await bench.context({
    Dockerfile: 'FROM base AS one\nFROM scratch AS other\nCOPY --from=one / /\n',
  });
  await assert.rejects(
    bench.build(circle),
    (error) => isLadingError(error, 'BUILD_INVALID') && /need each other/.test(error.message),
  );
  const good = await bench.context({ f: 'F', Dockerfile: 'FROM scratch AS other\nCOPY f /\nFROM base\n' });
  const result = await bench.build(good);
  assert.deepEqual(await bench.files(result), { f: '0644 0:0 F' });
  const { config } = await bench.image(result);
  assert.equal(config.config?.Env?.at(-1), 'A=1');
  assert.equal('OnBuild' in (config.config ?? {}), false);
  assert.deepEqual(
    result.steps.map(({ line }) => line),
    [2, 3],
  );
});

test('build() gives one manifest whatever the folder, its times, modes beyond execution, workers and cache', async (t) => {
  const digests = new Set<string>();
  const text = `FROM scratch AS one
COPY src /one/
FROM scratch AS two
COPY --chmod=u=rwX,go=rX src /two/
FROM scratch
COPY --from=one /one /1
COPY --from=two /two /2
ADD data.tar /data/
`;
  const kept = await workbench(t);
  for (const [round, mask] of [0o022, 0o077, 0o002].entries()) {
    const fresh = await workbench(t);
    const before = process.umask(mask);
    const context = await fresh.context({
      'src/run.sh': '#!/bin/sh',
      'src/deep/b': 'b',
      'src/deep/a': 'a',
      Dockerfile: text,
    });
    process.umask(before);
    await chmod(join(context, 'src/run.sh'), round === 0 ? 0o755 : 0o700);
    await utimes(join(context, 'src/deep/a'), 1000 + round, 2_000_000_000 + round);
    tarOf(context, join(context, 'data.tar'), '', ['--mtime=@5', '--mode=0644', 'src/deep/a']);
    await chmod(join(context, 'data.tar'), 0o600 | (mask === 0o022 ? 0o44 : 0));
    for (const workers of [1, 4])
      for (const bench of [fresh, kept]) digests.add((await bench.build(context, { workers })).manifest.digest);
    digests.add((await fresh.build(context, { noCache: true })).manifest.digest);
  }
  assert.equal(digests.size, 1);
  assert.ok(kept.events.some((event) => event.kind === 'step-end' && event.cached));
  assert.deepEqual(await kept.leftovers(), []);
});

test('build() takes nothing from the cache that has changed, and everything else', async (t) => {
  const bench = await workbench(t);
  const context = await bench.context({
    a: '1',
    b: '1',
    Dockerfile: 'FROM scratch\nCOPY a /\nCOPY b /\nWORKDIR /w\n',
  });
  const cachedLines = async (request = {}): Promise<unknown[]> =>
    (await bench.build(context, request)).steps.filter(({ cached }) => cached).map(({ line }) => line);
  assert.deepEqual(await cachedLines(), []);
  assert.deepEqual(await cachedLines(), [2, 3, 4]);
  await writeFile(join(context, 'b'), '2');
  assert.deepEqual(await cachedLines(), [2]);
  await chmod(join(context, 'a'), 0o755);
  assert.deepEqual(await cachedLines(), []);
  assert.deepEqual(await cachedLines({ noCache: true }), []);
  assert.deepEqual(await cachedLines({ epoch: 5 }), []);
  assert.deepEqual(await cachedLines(), [2, 3, 4]);
});

test('a stage that was only copied from becomes the same image as one that was built to be one', async (t) => {
  const [warm, cold] = [await workbench(t), await workbench(t)];
  const context = await warm.context({
    a: 'x'.repeat(100_000),
    Dockerfile: 'FROM scratch AS one\nCOPY a /a\nCOPY a /b\nFROM scratch\nCOPY --from=one / /\n',
  });
  await warm.build(context);
  const one = await warm.build(context, { target: 'one' });
  assert.ok(one.steps.every(({ cached }) => cached));
  assert.deepEqual(
    one.steps.map(({ layer }) => layer?.digest),
    one.layers.map(({ digest }) => digest),
  );
  assert.ok(one.layers.every(({ mediaType }) => mediaType.endsWith('tar+gzip')));
  assert.equal((await cold.build(context, { target: 'one' })).manifest.digest, one.manifest.digest);
  assert.equal(
    (await cold.build(context)).manifest.digest,
    (await warm.build(context, { noCache: true })).manifest.digest,
  );
});

test('build() works again in a store that lost the layers its cache speaks of', async (t) => {
  const { cacheFolder, ...first } = await workbench(t);
  const context = await first.context({ a: '1', Dockerfile: 'FROM scratch\nCOPY a /\n' });
  const one = await first.build(context);
  const second = await workbench(t, { cacheFolder, output: createMemoryRepository('other') });
  const other = await second.build(context);
  assert.equal(other.manifest.digest, one.manifest.digest);
  assert.equal(other.steps[0]?.cached, false);
});

test('ADD unpacks archives by content, with hard links, over what is there; COPY does not', async (t) => {
  const bench = await workbench(t);
  const context = await bench.context({
    'x/file': 'text',
    'x/sub/other': 'more',
    plain: 'no archive',
    Dockerfile: `FROM scratch
COPY plain /d/x
ADD a.bin b.bin plain /d/
COPY a.bin /
ADD --unpack=false a.bin /kept/
`,
  });
  await link(join(context, 'x/file'), join(context, 'x/linked'));
  await chmod(join(context, 'x/sub'), 0o700);
  tarOf(context, join(context, 'a.bin'), 'z', ['x']);
  tarOf(context, join(context, 'b.bin'), 'J', ['x/file']);
  const result = await bench.build(context);
  const files = await bench.files(result);
  const paths = Object.keys(files).filter((path) => !path.endsWith('.bin'));
  assert.deepEqual(paths, ['d', 'd/plain', 'd/x', 'd/x/file', 'd/x/linked', 'd/x/sub', 'd/x/sub/other', 'kept']);
  assert.equal(files['d/x/linked'], '0644 0:0 text');
  assert.equal(files['d/x/sub'], '0700 0:0 /');
  assert.ok(files['a.bin']?.length !== undefined && 'kept/a.bin' in files);
  assert.deepEqual(await bench.leftovers(), []);
});

test('COPY keeps hard links of a stage as hard links', async (t) => {
  const bench = await workbench(t);
  const context = await bench.context({
    big: 'x'.repeat(5000),
    Dockerfile: 'FROM scratch AS a\nADD links.tar /\nFROM scratch\nCOPY --from=a /d /d\n',
  });
  await mkdir(join(context, 'd'));
  for (const name of ['one', 'two', 'three']) await link(join(context, 'big'), join(context, 'd', name));
  tarOf(context, join(context, 'links.tar'), '', ['d']);
  const result = await bench.build(context);
  const tree = await bench.files(result);
  assert.equal(tree['d/two'], `0644 0:0 ${'x'.repeat(5000)}`);
  const [layer] = (await bench.image(result)).layers;
  const types: string[] = [];
  for await (const entry of readTar(await layer!.uncompressed())) types.push(`${entry.path} ${entry.type}`);
  assert.deepEqual(types, ['d directory', 'd/one file', 'd/three hardlink', 'd/two hardlink']);
});

test('a here-document is a file of COPY, with variables unless its name is quoted', async (t) => {
  const bench = await workbench(t);
  const context = await bench.context({
    Dockerfile: `FROM scratch
ENV WHO=you
COPY <<one.txt <<"two.txt" /d/
hello $WHO
one.txt
hello $WHO
two.txt
COPY --chown=5:6 --chmod=600 <<EOF /single
x
EOF
`,
  });
  assert.deepEqual(await bench.files(await bench.build(context)), {
    d: '0755 0:0 /',
    'd/one.txt': '0644 0:0 hello you\n',
    'd/two.txt': '0644 0:0 hello $WHO\n',
    single: '0600 5:6 x\n',
  });
});

test('ENTRYPOINT drops the CMD of a base, not one of its own stage', async (t) => {
  const bench = await workbench(t);
  const cmdOf = async (text: string): Promise<unknown> => {
    const result = await bench.build(await bench.context({ Dockerfile: text }));
    return (await bench.image(result)).config.config?.Cmd;
  };
  assert.equal(await cmdOf('FROM scratch AS a\nCMD ["x"]\nFROM a\nENTRYPOINT ["e"]\n'), undefined);
  assert.deepEqual(await cmdOf('FROM scratch AS a\nENTRYPOINT ["e"]\nFROM a\nCMD ["x"]\n'), ['x']);
  assert.deepEqual(await cmdOf('FROM scratch\nCMD ["x"]\nENTRYPOINT ["e"]\n'), ['x']);
  assert.deepEqual(await cmdOf('FROM scratch\nSHELL ["/bin/bash", "-c"]\nCMD run it\n'), ['/bin/bash', '-c', 'run it']);
});

test('errors name the Dockerfile, the line, and what to do', async (t) => {
  const bench = await workbench(t);
  const context = await bench.context({ a: '1', Dockerfile: 'FROM scratch\n\nCOPY a /\nCOPY b /\n' });
  await assert.rejects(bench.build(context), (error) => {
    assert.ok(isLadingError(error, 'BUILD_INVALID'));
    assert.equal(error.message, 'Dockerfile:4: Cannot copy "b" from the build context: it is not there');
    assert.equal(error.details.line, 4);
    assert.match(error.hint ?? '', /\.dockerignore/);
    return true;
  });
  await assert.rejects(
    bench.build(join(context, 'nowhere'), { file: join(context, 'Dockerfile') }),
    (error) => isLadingError(error, 'FILE_NOT_FOUND') && /build context/.test(error.message),
  );
  await assert.rejects(
    bench.build(join(context, 'a'), { file: join(context, 'Dockerfile') }),
    (error) => isLadingError(error, 'BUILD_INVALID') && /not a folder/.test(error.message),
  );
  await assert.rejects(bench.build(await bench.context({})), (error) => isLadingError(error, 'FILE_NOT_FOUND'));
  await assert.rejects(
    bench.build(await bench.context({ a: '1', Dockerfile: 'FROM scratch\nRUN --security=insecure true\n' })),
    (error) => isLadingError(error, 'BUILD_DENIED') && /^Dockerfile:2: /.test(error.message),
  );
});

test('build() reads a Dockerfile outside the context, and its own ignore file', async (t) => {
  const bench = await workbench(t);
  const context = await bench.context({ a: 'A', b: 'B', '.dockerignore': 'a' });
  const elsewhere = await temporaryFolder(t);
  const file = join(elsewhere, 'App.Dockerfile');
  await writeFile(file, 'FROM scratch\nCOPY . /\n');
  assert.deepEqual(Object.keys(await bench.files(await bench.build(context, { file }))), ['.dockerignore', 'b']);
  await writeFile(`${file}.dockerignore`, '*\n!a\n');
  assert.deepEqual(Object.keys(await bench.files(await bench.build(context, { file }))), ['a']);
  await rm(`${file}.dockerignore`);
  await mkdir(`${file}.dockerignore`);
  await assert.rejects(bench.build(context, { file }), (error) => isLadingError(error, 'FILE_UNREADABLE'));
});

test('one failed stage stops the others, and nothing temporary is left', async (t) => {
  const bench = await workbench(t);
  const context = await bench.context({
    'many/a': 'x'.repeat(3 << 20),
    Dockerfile: `FROM scratch AS slow
COPY many /m
FROM scratch AS slow2
COPY --from=slow /m /n
FROM scratch AS bad
COPY absent /
FROM scratch
COPY --from=slow2 / /
COPY --from=bad / /
`,
  });
  await assert.rejects(
    bench.build(context),
    (error) => isLadingError(error, 'BUILD_INVALID') && error.details.line === 6,
  );
  assert.deepEqual(await bench.leftovers(), []);
});

test('build() stops at the signal', async (t) => {
  const bench = await workbench(t);
  const context = await bench.context({ a: 'x'.repeat(8 << 20), Dockerfile: 'FROM scratch\nCOPY a /\n' });
  await assert.rejects(bench.build(context, {}, { signal: AbortSignal.abort() }), (error) =>
    isLadingError(error, 'INTERRUPTED'),
  );
  const controller = new AbortController();
  const running = bench.build(context, {}, { signal: controller.signal });
  setTimeout(() => controller.abort(), 5);
  await assert.rejects(running, (error) => isLadingError(error, 'INTERRUPTED'));
  assert.deepEqual(await bench.leftovers(), []);
});

test('a build argument that no ARG declares is noticed, with the name that may be meant', async (t) => {
  const bench = await workbench(t);
  const context = await bench.context({ Dockerfile: 'FROM scratch\nARG VERSION\n' });
  await bench.build(context, { buildArgs: { VERSOIN: '1', HTTP_PROXY: 'x', TARGETARCH: 'y' } });
  assert.deepEqual(
    bench.events.flatMap((event) => (event.kind === 'notice' ? [event.text] : [])),
    ['The build argument VERSOIN is not used: no ARG declares it. Did you mean VERSION?'],
  );
});

test('a pattern that matches nothing copies nothing and says so', async (t) => {
  const bench = await workbench(t);
  const context = await bench.context({ a: '1', Dockerfile: 'FROM scratch\nCOPY *.jar /app/\nCOPY a b[x] /d/\n' });
  assert.deepEqual(Object.keys(await bench.files(await bench.build(context))), ['d', 'd/a']);
  assert.ok(bench.events.some((event) => event.kind === 'notice' && /Nothing matches \*\.jar/.test(event.text)));
});

test('a link in the destination is followed inside the image only', async (t) => {
  const bench = await workbench(t);
  const context = await bench.context({
    f: 'F',
    Dockerfile: 'FROM scratch\nCOPY links /\nCOPY f /out/escaped\nCOPY f /up/f2\n',
  });
  await mkdir(join(context, 'links'));
  await symlink('/', join(context, 'links/out'));
  await symlink('../../../real', join(context, 'links/up'));
  const files = await bench.files(await bench.build(context));
  assert.equal(files.escaped, '0644 0:0 F');
  assert.equal(files['real/f2'], '0644 0:0 F');
});

test('no build is ever served from the cache of another: any change gives another key or the same result', async (t) => {
  const shared = await workbench(t);
  const change = fc.record({
    a: fc.constantFrom('1', '2', ''),
    mode: fc.constantFrom(0o644, 0o755),
    name: fc.constantFrom('x1', 'x2'),
    link: fc.constantFrom('x1', 'x2', 'd'),
    source: fc.constantFrom('x*', 'x1 x2', 'd', '.', 'l*', 'd/./e'),
    destination: fc.constantFrom('/o', '/o/', 'o/p', './'),
    flags: fc.constantFrom('', '--chown=1', '--chown=1:2', '--chmod=600', '--chmod=go=', '--exclude=x1', '--parents'),
    base: fc.constantFrom('scratch', 'one', 'two'),
    before: fc.constantFrom('WORKDIR /', 'WORKDIR /w', 'USER 5', 'ENV W=/o', 'ARG V', 'SHELL ["x"]'),
    keyword: fc.constantFrom('COPY', 'ADD'),
    value: fc.constantFrom('1', '2'),
    epoch: fc.constantFrom(5, 6),
  });
  const outcome = async (bench: Workbench, context: string, request: Partial<BuildRequest>): Promise<string> => {
    try {
      return (await bench.build(context, request)).manifest.digest;
    } catch (error) {
      return messageOf(error);
    }
  };
  const seen = new Set<string>();
  await fc.assert(
    fc.asyncProperty(change, async (one) => {
      const fresh = await workbench(t);
      const context = await fresh.context({
        'd/e/f': one.a,
        [one.name]: one.a,
        Dockerfile: `FROM scratch AS one
COPY d /o
FROM scratch AS two
COPY --chmod=700 d /o
FROM ${one.base}
${one.before}
${one.keyword} ${one.keyword === 'ADD' && one.flags === '--parents' ? '' : one.flags} ${one.source} ${one.destination}
WORKDIR sub/$V
COPY <<END /inline
${one.value} $W $V
END
`,
      });
      await symlink(one.link, join(context, `l-${one.link}`));
      await chmod(join(context, one.name), one.mode);
      const request = { epoch: one.epoch, buildArgs: { V: one.value } };
      const warm = await outcome(shared, context, request);
      assert.equal(warm, await outcome(fresh, context, request));
      seen.add(warm);
    }),
    { numRuns: 100 },
  );
  assert.ok(seen.size > 30);
});
