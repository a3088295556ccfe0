import assert from 'node:assert/strict';
import { chmod, readdir, readFile, symlink, utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { collect, fromBuffer } from '@lading/bytes';
import { isLadingError, Secret } from '@lading/errors';
import { skipUnless } from '@lading/testkit';
import { listCacheFiles, removeCacheFile } from './cache/cache-files.ts';
import { exportCacheMount, importCacheMount } from './run/cache-mount.ts';
import { alpineWorkbench, type Workbench } from './testing/workbench.ts';

const cached = (result: Awaited<ReturnType<Workbench['build']>>): boolean | undefined =>
  result.images[0]?.steps.at(-1)?.cached;

function output({ events }: Workbench): string {
  return events
    .flatMap((event) => (event.kind === 'step-output' ? [Buffer.from(event.chunk).toString()] : []))
    .join('');
}

const secrets = new Map([
  ['token', { kind: 'value', value: new Secret('s3cr3t-value\n') }],
  ['key', { kind: 'value', value: new Secret('line-one-1\nline-two-2\n') }],
] as const);

test('a step with every kind of mount leaves its own files and nothing else, not even a time of a folder', async (t) => {
  const bench = await alpineWorkbench(t);
  if (bench === undefined) return;
  const context = await bench.context({
    src: 'context\n',
    Dockerfile: `FROM alpine AS made
RUN echo made > /made
FROM alpine
RUN --mount=target=/mnt/context --mount=from=made,source=/made,target=/srv/made --mount=from=alpine,target=/opt/base,rw \\
    --mount=type=cache,target=/var/cache/x --mount=type=tmpfs,target=/usr/share/t --mount=type=secret,id=token \\
    --mount=type=secret,id=key,env=KEY --mount=type=secret,id=token,target=/etc/deep/er/token,mode=0444 --mount=type=bind,source=src,target=var/file \\
    cat /mnt/context/src /srv/made /opt/base/etc/alpine-release /var/file; touch /opt/base/x /var/cache/x/y /usr/share/t/z; \\
    cat /run/secrets/token /etc/deep/er/token; echo "$KEY"; env | grep -c s3cr; echo own > /own
`,
  });
  const result = await bench.build(context, { secrets });
  assert.deepEqual((await bench.layers(result)).at(-1), ['own']);
  const shown = output(bench);
  assert.equal(
    shown,
    'context\nmade\n3.11.5\ncontext\n[redacted]\n[redacted]\n[redacted]\n\n0\n'.replace(
      '3.11.5',
      /3\.11\.\d+/.exec(shown)?.[0] ?? '',
    ),
  );
  const { config } = await bench.image(result);
  const everything = JSON.stringify([config, bench.events, result]);
  for (const hidden of ['s3cr3t', 'line-one', 'line-two']) assert.ok(!everything.includes(hidden), hidden);
  // What the cache keeps of keys and outcomes.
  for await (const { path, kind } of listCacheFiles(bench.cacheFolder))
    if (kind !== 'mount') assert.ok(!(await readFile(path, 'utf8')).includes('s3cr3t'), path);
  assert.deepEqual(await readdir(join(bench.snapshots.folder, 'scratch')), []);
});

test('a mount of the context is what COPY would see: without what is ignored, and inside the context', async (t) => {
  const bench = await alpineWorkbench(t);
  if (bench === undefined) return;
  const context = await bench.context({
    'in/a': 'A\n',
    'in/secret.txt': 'hidden\n',
    '.dockerignore': '**/secret.txt\n',
    Dockerfile:
      'FROM alpine\nRUN --mount=source=in,target=/in,rw cd /in && ls && stat -c "%n %a %u" a run && echo x > new && ls -l >/dev/null && readlink out\n',
  });
  await writeFile(join(context, 'in/run'), '');
  await chmod(join(context, 'in/run'), 0o700);
  await symlink('../../../etc/passwd', join(context, 'in/out'));
  await bench.build(context);
  assert.equal(output(bench), 'a\nout\nrun\na 644 0\nrun 755 0\n../../../etc/passwd\n');
  assert.deepEqual((await readdir(join(context, 'in'))).sort(), ['a', 'out', 'run', 'secret.txt']);
  const outside = await bench.context({ Dockerfile: 'FROM alpine\nRUN --mount=source=out,target=/in cat /in\n' });
  await symlink('/etc/hostname', join(outside, 'out'));
  await assert.rejects(
    bench.build(outside),
    (error) => isLadingError(error, 'BUILD_INVALID') && /not in the build context/.test(error.message),
  );
  const absent = await bench.context({ Dockerfile: 'FROM alpine\nRUN --mount=source=none,target=/in true\n' });
  await assert.rejects(bench.build(absent), (error) => isLadingError(error, 'BUILD_INVALID'));
});

test('the key of a step holds what its mounts show: content, not times, and nothing of secrets and caches', async (t) => {
  const bench = await alpineWorkbench(t);
  if (bench === undefined) return;
  const dockerfile = (mount: string): string =>
    `FROM alpine AS made\nCOPY made /dir/made\nCOPY other /other\nFROM alpine\nRUN --mount=${mount} true\n`;
  const build = async (
    mount: string,
    change?: (context: string) => Promise<unknown>,
    request = {},
  ): Promise<boolean | undefined> => {
    const context = await bench.context({ made: '1', other: '1', src: '1', Dockerfile: dockerfile(mount) });
    await change?.(context);
    return cached(await bench.build(context, request));
  };
  const bind = 'source=src,target=/in';
  assert.equal(await build(bind), false);
  assert.equal(await build(bind, (context) => utimes(join(context, 'src'), 5, 5)), true);
  assert.equal(await build(bind, (context) => writeFile(join(context, 'src'), '2')), false);
  assert.equal(await build(bind, (context) => chmod(join(context, 'src'), 0o755)), false);
  assert.equal(await build(`${bind},rw`), false);
  const stage = 'from=made,source=/dir,target=/in';
  assert.equal(await build(stage), false);
  assert.equal(await build(stage, (context) => writeFile(join(context, 'other'), '2')), true, 'beside what is mounted');
  assert.equal(await build(stage, (context) => writeFile(join(context, 'made'), '2')), false);
  const one = new Map([['id', { kind: 'value', value: new Secret('one') }]]);
  const two = new Map([['id', { kind: 'value', value: new Secret('two') }]]);
  assert.equal(await build('type=secret,id=id', undefined, { secrets: one }), false);
  assert.equal(await build('type=secret,id=id', undefined, { secrets: two }), true);
  assert.equal(await build('type=secret,id=id2', undefined, { secrets: two }), false);
});

test('a cache mount outlives its step, starts from a stage, is its own for each id, and can be moved, listed and removed', async (t) => {
  const bench = await alpineWorkbench(t);
  if (bench === undefined) return;
  const build = async (run: string): Promise<string> => {
    bench.events.length = 0;
    await bench.build(
      await bench.context({
        Dockerfile: `FROM alpine AS start\nRUN mkdir /d && echo first > /d/f\nFROM alpine\n${run}\n`,
      }),
      { noCache: true },
    );
    return output(bench);
  };
  const add = 'RUN --mount=type=cache,id=c,target=/c echo x >> /c/n; cat /c/n | wc -l';
  assert.equal((await build(add)).trim(), '1');
  assert.equal((await build(add)).trim(), '2');
  assert.equal((await build(add.replace('id=c', 'id=d'))).trim(), '1');
  const started =
    'RUN --mount=type=cache,target=/s,from=start,source=/d,mode=0700 stat -c %a /s; cat /s/f; echo next > /s/f';
  assert.equal(await build(started), '700\nfirst\n');
  assert.equal(await build(started), '700\nnext\n');

  const { mapping = 'none' } = bench.snapshots.machine;
  const place = { cacheFolder: bench.cacheFolder, mapping };
  const tar = await collect(exportCacheMount(place, 'c'), { maxBytes: 1 << 20, what: 'a cache mount' });
  await build(add);
  await importCacheMount(place, 'c', fromBuffer(tar));
  assert.equal((await build(add)).trim(), '3');
  const files = (await Array.fromAsync(listCacheFiles(bench.cacheFolder))).filter(({ kind }) => kind === 'mount');
  assert.equal(files.length, 3);
  for (const file of files) await removeCacheFile(file);
  assert.equal((await build(add)).trim(), '1');
});

test('steps share a cache mount, wait for a locked one, and get private ones of their own', async (t) => {
  const bench = await alpineWorkbench(t);
  if (bench === undefined) return;
  const alone = (name: string): string => `touch /c/${name}; sleep 0.4; echo $(ls /c) > /${name}; rm /c/${name}`;
  // However late the other one starts, each sees its file.
  const together = (name: string, other: string): string =>
    `touch /c/${name}; i=0; until [ -e /c/${other} ] || [ $i = 100 ]; do sleep 0.1; i=$((i + 1)); done; echo $(ls /c) > /${name}`;
  const build = async (sharing: string, command: (name: string, other: string) => string): Promise<string> => {
    bench.events.length = 0;
    const step = (name: string, other: string): string =>
      `FROM alpine AS ${name}\nRUN --mount=type=cache,id=${sharing},sharing=${sharing},target=/c ${command(name, other)}\n`;
    const context = await bench.context({
      Dockerfile: `${step('a', 'b')}${step('b', 'a')}FROM scratch\nCOPY --from=a /a /\nCOPY --from=b /b /\n`,
    });
    const files = await bench.files(await bench.build(context, { workers: 2 }));
    return [files.a, files.b].map((text) => text?.replace('0644 0:0 ', '').trim()).join('|');
  };
  assert.equal(await build('locked', alone), 'a|b');
  assert.ok(bench.events.some((event) => event.kind === 'notice' && /waits for the cache mount/.test(event.text)));
  assert.equal(await build('private', alone), 'a|b');
  assert.equal(await build('shared', together), 'a b|a b');
});

test('a step that names one cache mount twice has it twice, and does not wait for itself', {
  timeout: 20_000,
}, async (t) => {
  const bench = await alpineWorkbench(t);
  if (bench === undefined) return;
  for (const sharing of ['locked', 'private', 'shared']) {
    bench.events.length = 0;
    const first = `--mount=type=cache,id=${sharing},sharing=shared,target=/one`;
    const second = `--mount=type=cache,id=${sharing},sharing=${sharing},target=/two`;
    const dockerfile = `FROM alpine\nRUN ${first} ${second} echo ${sharing} > /one/f; cat /two/f\n`;
    await bench.build(await bench.context({ Dockerfile: dockerfile }), {}, { signal: t.signal });
    assert.equal(output(bench), `${sharing}\n`);
  }
});

test('a secret, an agent or a right that a step requires and the build does not give is a clear error', async (t) => {
  const bench = await alpineWorkbench(t);
  if (bench === undefined) return;
  const refused = async (run: string, code: string, message: RegExp, request = {}): Promise<void> => {
    const context = await bench.context({ Dockerfile: `FROM alpine\nRUN ${run}\n` });
    await assert.rejects(bench.build(context, request), (error) => {
      assert.ok(isLadingError(error), String(error));
      assert.equal(error.code, code, error.message);
      assert.match(error.message, message);
      assert.equal(error.details.line, 2);
      return true;
    });
  };
  await refused('--mount=type=secret,id=none,required true', 'BUILD_INVALID', /requires the secret "none"/);
  await refused('--mount=type=ssh,required true', 'BUILD_INVALID', /requires the ssh agent "default"/);
  await refused('--security=insecure true', 'BUILD_DENIED', /--security=insecure/);
  await refused('--network=host true', 'BUILD_DENIED', /--network=host/);
  await refused('--mount=type=cache,target=/ true', 'BUILD_INVALID', /cannot cover the root/);
  await refused(
    '--mount=type=cache,target=/c --mount=target=/c/in true',
    'BUILD_UNSUPPORTED',
    /inside the cache mount \/c/,
  );
  await refused('--mount=type=secret,id=token cat /run/secrets/token; exit 3', 'BUILD_STEP_FAILED', /code 3/, {
    secrets,
  }).then(() => assert.ok(!JSON.stringify(bench.events).includes('s3cr3t')));
  const optional =
    'FROM alpine\nRUN --mount=type=secret,id=none,env=NONE --mount=type=ssh [ ! -e /run/secrets/none ] && [ -z "$NONE$SSH_AUTH_SOCK" ]\nRUN --network=host --security=insecure true\n';
  const allow = new Set(['security.insecure', 'network.host'] as const);
  await bench.build(await bench.context({ Dockerfile: optional }), { allow });
});

test('hosts, limits and a failed step that is looked into reach the process', async (t) => {
  const bench = await alpineWorkbench(t);
  if (bench === undefined) return;
  const dockerfile =
    'FROM alpine\nRUN grep -c 192.0.2.9 /etc/hosts; ulimit -n; df -k /dev/shm | tail -1 | tr -s " " | cut -d" " -f2; exit 9\n';
  const seen: unknown[] = [];
  await assert.rejects(
    bench.build(await bench.context({ Dockerfile: dockerfile }), {
      addHosts: [{ name: 'db.example.org', address: '192.0.2.9' }],
      stepLimits: { shmBytes: 2 << 20, ulimits: [{ name: 'nofile', soft: 77, hard: 88 }] },
      onFailedStep: async ({ exitCode, title }) => {
        seen.push(exitCode, title);
      },
    }),
    (error) => isLadingError(error, 'BUILD_STEP_FAILED') && error.details.exitCode === 9,
  );
  assert.equal(output(bench), '1\n77\n2048\n');
  assert.equal(seen[0], 9);
});

test('what is scrubbed is in no layer, and the history says that it was', async (t) => {
  const bench = await alpineWorkbench(t);
  if (bench === undefined) return;
  const context = await bench.context({
    Dockerfile:
      'FROM alpine\nRUN mkdir -p /var/log/apt /app/__pycache__ && date +%N | tee /var/log/apt/history.log /etc/machine-id /app/__pycache__/x && echo kept > /app/kept\nRUN test ! -e /etc/machine-id\n',
  });
  const { scrubList } = await import('./run/scrub.ts');
  const digests = new Set<string>();
  for (const _ of [1, 2]) {
    const result = await bench.build(context, { scrub: scrubList, noCache: true });
    digests.add(result.manifest.digest);
    const files = await bench.files(result);
    assert.deepEqual(
      Object.keys(files).filter((path) => /^app|^var\/log\/apt|machine-id/.test(path)),
      ['app', 'app/kept', 'var/log/apt'],
    );
    assert.equal((await bench.image(result)).config.history?.at(-2)?.comment, 'scrubbed');
  }
  assert.equal(digests.size, 1);
  // Without, it is another step, which leaves everything.
  await assert.rejects(bench.build(context, {}), (error) => isLadingError(error, 'BUILD_STEP_FAILED'));
});

test('here-documents run as with BuildKit: a script with its interpreter, a shell, several, behind a command', async (t) => {
  const bench = await alpineWorkbench(t);
  if (bench === undefined) return;
  const context = await bench.context({
    Dockerfile: `FROM alpine
ENV NAME=env
RUN <<EOT
#!/bin/sh
echo "script $0 $NAME"
EOT
RUN <<-EOT
	echo "tabs \${NAME}"
	EOT
RUN <<A cat - && cat <<'B'
one $NAME
A
two $NAME
B
RUN cat <<"E F" > /quoted; cat /quoted
three $NAME
E F
`,
  });
  await bench.build(context);
  assert.equal(output(bench), 'script /dev/pipes/EOT env\ntabs env\none env\ntwo $NAME\nthree $NAME\n');
});

test('a step for a platform that cannot run here says what is missing; one without steps is built all the same', async (t) => {
  const bench = await alpineWorkbench(t);
  if (bench === undefined) return;
  const { findExecution } = await import('@lading/runtime');
  const platform = { os: 'linux', architecture: 's390x' };
  if (!skipUnless(t, (await findExecution(platform)).kind === 'impossible', 'a machine without a handler for s390x'))
    return;
  const context = await bench.context({ Dockerfile: 'FROM scratch\nCOPY Dockerfile /\n' });
  await bench.build(context, { platforms: [platform] });
  const running = await bench.context({ Dockerfile: 'FROM scratch\nCOPY Dockerfile /\nRUN ["/x"]\n' });
  await assert.rejects(
    bench.build(running, { platforms: [platform] }),
    (error) => isLadingError(error, 'BUILD_UNSUPPORTED') && /linux\/s390x/.test(error.message),
  );
});
