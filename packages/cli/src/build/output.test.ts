import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdirSync, readdirSync, readFileSync, readlinkSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { findProgram, runProgram, skipUnless } from '@lading/testkit';
import { openSandbox, startServe } from '../testing/lading.ts';

const dockerfile = [
  'FROM scratch AS files',
  'COPY in /srv/',
  'COPY --chmod=0750 text /srv/',
  'FROM scratch',
  'ARG TARGETARCH',
  'COPY --from=files /srv /srv',
  'COPY $TARGETARCH /arch',
  'LABEL a=b',
].join('\n');

interface Summary {
  readonly 'containerimage.digest': string;
  readonly 'containerimage.config.digest'?: string;
  readonly 'image.name'?: string;
  readonly digest: string;
  readonly images: readonly { readonly platform: string; readonly digest: string }[];
}

function makeContext(folder: string): void {
  mkdirSync(join(folder, 'context/in'), { recursive: true });
  writeFileSync(join(folder, 'context/Dockerfile'), dockerfile);
  for (const name of ['text', 'amd64', 'arm64']) writeFileSync(join(folder, 'context', name), name);
  symlinkSync('text', join(folder, 'context/in/link'));
}

const amd64 = ['--platform', 'linux/amd64'];

test('one build is kept, written as archives that skopeo and tar read, as files in a folder, and described', async (t) => {
  const sandbox = await openSandbox(t);
  makeContext(sandbox.folder);
  const outputs = [
    'type=image',
    'type=oci,dest=oci.tar',
    'type=docker,dest=a/docker.tar',
    'type=tar,dest=root.tar',
    'out',
  ];
  const records = ['--iidfile', 'id', '--metadata-file', 'meta.json'];
  const args = [
    'build',
    ...amd64,
    '-t',
    'app:1',
    '-t',
    'app:2',
    ...outputs.flatMap((text) => ['-o', text]),
    ...records,
  ];
  const digest = await sandbox.out(...args, 'context');
  assert.match(digest, /^sha256:[0-9a-f]{64}$/);
  const inFolder = (path: string): string => join(sandbox.folder, path);

  const summary = JSON.parse(readFileSync(inFolder('meta.json'), 'utf8')) as Summary;
  assert.equal(summary['containerimage.digest'], digest);
  assert.equal(summary['image.name'], 'app:1,app:2');
  assert.equal(readFileSync(inFolder('id'), 'utf8'), summary['containerimage.config.digest']);
  assert.equal(((await sandbox.json('inspect', 'app:2')) as { digest: string }).digest, digest);

  assert.deepEqual(readdirSync(inFolder('out')).sort(), ['arch', 'srv']);
  assert.equal(readFileSync(inFolder('out/arch'), 'utf8'), 'amd64');
  assert.equal(readlinkSync(inFolder('out/srv/link')), 'text');
  assert.equal(statSync(inFolder('out/srv/text')).mode & 0o7777, 0o750);
  assert.equal(statSync(inFolder('out/srv/text')).uid, process.getuid?.());
  assert.deepEqual(
    execFileSync('tar', ['tf', inFolder('root.tar')])
      .toString()
      .trim()
      .split('\n'),
    [...['arch', 'srv/', 'srv/link', 'srv/text']],
  );
  assert.equal(execFileSync('tar', ['xOf', inFolder('root.tar'), 'srv/text']).toString(), 'text');

  const skopeo = findProgram('skopeo');
  if (!skipUnless(t, skopeo !== undefined, 'skopeo is not installed') || skopeo === undefined) return;
  for (const [archive, found] of [
    ['oci-archive:oci.tar:app:1', true],
    ['docker-archive:a/docker.tar:app:2', false],
  ] as const) {
    const { stdout, stderr, code } = await runProgram(skopeo, ['inspect', archive], { cwd: sandbox.folder });
    assert.equal(code, 0, stderr);
    const shown = JSON.parse(stdout) as { Digest: string; Labels: object };
    assert.deepEqual(shown.Labels, { a: 'b' });
    // A docker archive has layers without compression, and so another manifest.
    assert.equal(shown.Digest === digest, found);
  }
});

test('"-o -" is a tar on stdout alone, and nothing gets a name', async (t) => {
  const sandbox = await openSandbox(t);
  makeContext(sandbox.folder);
  const { code, stderr } = await sandbox.shell(
    'lading build --platform linux/amd64 -t app -o - context > root.tar && tar tf root.tar > list',
  );
  assert.equal(code, 0, stderr);
  assert.match(readFileSync(join(sandbox.folder, 'list'), 'utf8'), /^srv\/text$/m);
  assert.deepEqual(await sandbox.json('ls'), { images: [] });
});

test('several platforms become an index: pushed whole, pulled by platform, written to a folder each', async (t) => {
  const sandbox = await openSandbox(t);
  makeContext(sandbox.folder);
  const { host } = await startServe(t, sandbox);
  const name = `${host}/team/app:1`;
  const both = ['--platform', 'linux/amd64,linux/arm64'];
  const index = ['--annotation', 'index:on=index', '--annotation', 'manifest:on=image'];
  const built = (await sandbox.json(
    ...['build', ...both, ...index, '-t', name, '--push', '-o', 'out', '-o', 'type=tar,dest=root.tar', 'context'],
  )) as Summary;
  assert.equal(readFileSync(join(sandbox.folder, 'out/linux_amd64/arch'), 'utf8'), 'amd64');
  assert.equal(readFileSync(join(sandbox.folder, 'out/linux_arm64/arch'), 'utf8'), 'arm64');
  assert.match(execFileSync('tar', ['tf', join(sandbox.folder, 'root.tar')]).toString(), /^linux_arm64\/srv\/text$/m);
  const raw = JSON.parse(await sandbox.out('inspect', '--remote', '--raw', name)) as {
    annotations: object;
    manifests: { digest: string }[];
  };
  assert.deepEqual(raw.annotations, { on: 'index' });
  assert.deepEqual(
    raw.manifests.map(({ digest }) => digest),
    built.images.map(({ digest }) => digest),
  );
  const pulled = await sandbox.run(['pull', '--platform', 'linux/arm64', name], {
    env: { LADING_HOME: join(sandbox.folder, 'other') },
  });
  assert.equal(pulled.code, 0, pulled.stderr);
  assert.ok(pulled.stdout.includes(built.images[1]!.digest));
});

test('outputs that cannot be are refused before anything is built', async (t) => {
  const sandbox = await openSandbox(t);
  makeContext(sandbox.folder);
  for (const [args, why] of [
    [['-o', 'type=oci,dest=-', '-o', '-'], /2 outputs to stdout/],
    [['-o', 'type=zip'], /no type "zip"/],
    [['--push'], /the image has no name/],
    [['--format-profile', 'lading/99'], /lading\/99/],
    [['--squash', '--flatten'], /squash and flatten/],
  ] as const) {
    const { code, stderr } = await sandbox.run(['build', ...args, 'context']);
    assert.equal(code, 2, stderr);
    assert.match(stderr, why);
  }
});
