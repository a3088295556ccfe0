import assert from 'node:assert/strict';
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { isLadingError } from '@lading/errors';
import { skipUnless, temporaryFolder } from '@lading/testkit';
import { alpineWorkbench } from './testing/workbench.ts';

const dockerfile = `FROM alpine AS make
ARG WHO=world
ENV GREETING=hello
WORKDIR /src
COPY input .
RUN echo "$GREETING $WHO from $(pwd) as $(id -un)" > out.txt && cat input >> out.txt
RUN true
FROM alpine AS other
RUN echo other > /other
FROM alpine
COPY --from=make /src/out.txt /
COPY --from=other /other /
`;

test('RUN sees ENV, ARG and WORKDIR; its layer holds what it changed and no trace of how it ran', async (t) => {
  const bench = await alpineWorkbench(t);
  if (bench === undefined) return;
  const context = await bench.context({ input: 'input\n', Dockerfile: dockerfile });
  const cold = await bench.build(context, { buildArgs: { WHO: 'you' } });
  const files = await bench.files(cold);
  assert.equal(files['out.txt'], '0644 0:0 hello you from /src as root\ninput\n');
  assert.equal(files.other, '0644 0:0 other\n');

  const make = await bench.build(context, { target: 'make', buildArgs: { WHO: 'you' } });
  assert.deepEqual((await bench.layers(make)).slice(1), [['src'], ['src', 'src/input'], ['src', 'src/out.txt']]);
  assert.deepEqual(
    make.steps.map(({ line, cached, layer }) => [line, cached, layer !== undefined]),
    [
      [4, true, true],
      [5, true, true],
      [6, true, true],
      [7, true, false],
    ],
  );
  const { config } = await bench.image(make);
  assert.equal(config.history?.length, 8);
  assert.equal(JSON.stringify(config).includes('WHO=you'), false);

  const warm = await bench.build(context, { buildArgs: { WHO: 'you' } });
  assert.equal(warm.manifest.digest, cold.manifest.digest);
  assert.ok(warm.steps.every(({ cached }) => cached));
  const other = await bench.build(context, { buildArgs: { WHO: 'me' } });
  assert.notEqual(other.manifest.digest, cold.manifest.digest);
  const again = await bench.build(context, { buildArgs: { WHO: 'you' }, noCache: true, workers: 1 });
  assert.equal(again.manifest.digest, cold.manifest.digest);
  assert.ok(again.steps.every(({ cached }) => !cached));
});

test('a cold build elsewhere gives the same digest as a warm one', async (t) => {
  const digests = new Set<string>();
  const cacheFolder = await temporaryFolder(t);
  for (const [round, options] of [{}, { cacheFolder }, { cacheFolder }].entries()) {
    const bench = await alpineWorkbench(t, options);
    if (bench === undefined) return;
    const before = process.umask(round === 0 ? 0o022 : 0o077);
    const context = await bench.context({ input: 'input\n', Dockerfile: dockerfile });
    process.umask(before);
    for (const workers of [1, 4]) digests.add((await bench.build(context, { workers })).manifest.digest);
  }
  assert.equal(digests.size, 1);
});

test('RUN works as a USER in groups, in a shell of choice, as a script, in exec form, without network', async (t) => {
  const bench = await alpineWorkbench(t);
  if (bench === undefined) return;
  if (!skipUnless(t, bench.snapshots.machine.mapping !== 'single', 'users other than root in containers')) return;
  const text = `FROM alpine
RUN adduser -D -u 1234 app && mkdir -m 777 /open
USER app
WORKDIR /home/app/work
RUN echo "$(id -u):$(id -g) $HOME $(stat -c %U:%a .)" > /open/who
RUN <<EOT
echo one > /open/heredoc
echo two >> /open/heredoc
EOT
RUN <<EOT
#!/usr/bin/awk -f
BEGIN { print "awk" > "/open/script" }
EOT
RUN cat <<A > /open/behind
line $HOME
A
RUN ["/bin/sh", "-c", "echo exec > /open/exec"]
`;
  const strict = `${text}SHELL ["/bin/sh", "-ec"]\nRUN --network=none false; echo unreached\n`;
  await assert.rejects(
    bench.build(await bench.context({ Dockerfile: strict })),
    (error) => isLadingError(error, 'BUILD_STEP_FAILED') && error.details.line === 19,
  );
  const result = await bench.build(await bench.context({ Dockerfile: text }));
  assert.ok(result.steps.every(({ cached }) => cached));
  const files = await bench.files(result);
  assert.equal(files['open/who'], '0644 1234:1234 1234:1234 /home/app app:755\n');
  assert.equal(files['open/heredoc'], '0644 1234:1234 one\ntwo\n');
  assert.equal(files['open/script'], '0644 1234:1234 awk\n');
  assert.equal(files['open/behind'], '0644 1234:1234 line /home/app\n');
  assert.equal(files['open/exec'], '0644 1234:1234 exec\n');
  for (const layer of await bench.layers(result))
    assert.deepEqual(
      layer.filter((path) => /^(dev|proc|sys)\/|resolv\.conf|lading/.test(path)),
      [],
    );
});

test('RUN that deletes leaves whiteouts, and what it deleted is gone for COPY --from', async (t) => {
  const bench = await alpineWorkbench(t);
  if (bench === undefined) return;
  const context = await bench.context({
    Dockerfile:
      'FROM alpine AS a\nRUN rm -r /etc/apk /etc/motd && mkdir /etc/apk\nFROM scratch\nCOPY --from=a /etc /etc\n',
  });
  const result = await bench.build(context);
  const files = await bench.files(result);
  assert.equal(files['etc/motd'], undefined);
  assert.deepEqual(
    Object.keys(files).filter((path) => path.startsWith('etc/apk')),
    ['etc/apk'],
  );
  const layers = await bench.layers(await bench.build(context, { target: 'a' }));
  assert.ok(layers.at(-1)?.includes('etc/.wh.motd'));
});

test('a step that fails tells its line, exit code and the end of its output, and leaves nothing', async (t) => {
  const bench = await alpineWorkbench(t);
  if (bench === undefined) return;
  const context = await bench.context({
    Dockerfile: 'FROM alpine\nRUN true\nRUN echo it is broken >&2; \\\n    exit 7\n',
  });
  await assert.rejects(bench.build(context), (error) => {
    assert.ok(isLadingError(error, 'BUILD_STEP_FAILED'));
    assert.match(error.message, /^Dockerfile:3: the step exited with code 7: RUN echo it is broken/);
    assert.equal(error.details.exitCode, 7);
    assert.equal(error.details.output, 'it is broken\n');
    return true;
  });
  assert.deepEqual(await readdir(join(bench.snapshots.folder, 'scratch')), []);
});

test('a failed stage kills a step of another before the build ends', async (t) => {
  const bench = await alpineWorkbench(t);
  if (bench === undefined) return;
  const context = await bench.context({
    Dockerfile:
      'FROM alpine AS slow\nRUN sleep 60\nFROM alpine AS bad\nRUN exit 3\nFROM scratch\nCOPY --from=slow / /\nCOPY --from=bad / /\n',
  });
  const started = performance.now();
  await assert.rejects(bench.build(context, { workers: 2 }), (error) => isLadingError(error, 'BUILD_STEP_FAILED'));
  assert.ok(performance.now() - started < 20_000);
  assert.deepEqual(await readdir(join(bench.snapshots.folder, 'scratch')), []);
});

test('the signal ends a running step and leaves nothing', async (t) => {
  const bench = await alpineWorkbench(t);
  if (bench === undefined) return;
  const context = await bench.context({ Dockerfile: 'FROM alpine\nRUN echo started; sleep 60\n' });
  const controller = new AbortController();
  const running = bench.build(context, {}, { signal: controller.signal });
  const ended = assert.rejects(running, (error) => isLadingError(error, 'INTERRUPTED'));
  while (!bench.events.some(({ kind }) => kind === 'step-output')) {
    await Promise.race([ended, new Promise((resolve) => setTimeout(resolve, 20))]);
  }
  controller.abort();
  await ended;
  assert.deepEqual(await readdir(join(bench.snapshots.folder, 'scratch')), []);
  assert.deepEqual(await bench.leftovers(), []);
});

test('equal steps of two stages run once', async (t) => {
  const bench = await alpineWorkbench(t);
  if (bench === undefined) return;
  const context = await bench.context({
    Dockerfile:
      'FROM alpine AS a\nRUN cat /proc/sys/kernel/random/uuid > /id\nFROM alpine AS b\nRUN cat /proc/sys/kernel/random/uuid > /id\nFROM scratch\nCOPY --from=a /id /a\nCOPY --from=b /id /b\n',
  });
  const files = await bench.files(await bench.build(context, { workers: 4 }));
  assert.equal(files.a, files.b);
});

test('RUN works in the working folder of a base image that has no such folder', async (t) => {
  const bench = await alpineWorkbench(t);
  if (bench === undefined) return;
  const base = bench.images.get('alpine');
  assert.ok(base);
  bench.images.set('based', {
    ...base,
    config: { ...base.config, config: { ...base.config.config, WorkingDir: '/made/up' } },
  });
  const context = await bench.context({ Dockerfile: 'FROM based\nRUN pwd > here\n' });
  const files = await bench.files(await bench.build(context));
  assert.equal(files['made/up/here'], '0644 0:0 /made/up\n');
});
