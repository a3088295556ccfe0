import assert from 'node:assert/strict';
import { rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { hexOf } from '@lading/oci';
import { openSandbox, type Sandbox, type Served, startServe } from './testing/lading.ts';
import { type SampleLayout, writeSampleLayout } from './testing/sample-layout.ts';

interface Moved {
  readonly reference: string;
  readonly digest: string;
  readonly tag?: string;
  readonly transferred: { readonly copied: number; readonly mounted: number; readonly present: number };
}

const cleanups: (() => Promise<void>)[] = [];
let sandbox: Sandbox;
let sample: SampleLayout;
let server: Served;
let host: string;

before(async () => {
  const t = { after: (done: () => Promise<void>) => void cleanups.push(done) };
  sandbox = await openSandbox(t);
  sample = await writeSampleLayout(join(sandbox.folder, 'layout'));
  server = await startServe(t, sandbox);
  host = server.host;
  await sandbox.out('copy', 'oci:layout:all', 'local:app:1.0');
});

after(async () => {
  for (const done of cleanups.reverse()) await done();
});

test('push, pull into an empty store and pull again: the digest alone on stdout, what happened on stderr', async (t) => {
  const pushed = await sandbox.run(['push', 'app:1.0', `${host}/team/app`]);
  assert.equal(pushed.stdout, `${host}/team/app@${sample.index}\n`, 'the local tag is kept, the index pushed whole');
  assert.match(pushed.stderr, /^pushed app:1\.0: 8 blobs, [\d.]+ kB in \d+ ms\n$/);

  const other = await openSandbox(t);
  const pulled = await other.run(['pull', '--platform', 'linux/amd64', `${host}/team/app:1.0`]);
  assert.equal(pulled.stdout, `${host}/team/app@${sample.image}\n`);
  assert.match(pulled.stderr, /^pulled \S+: 4 blobs, /);
  const again = await other.run(['pull', '--platform', 'linux/amd64', `${host}/team/app:1.0`]);
  assert.equal(again.stdout, pulled.stdout);
  assert.match(again.stderr, /everything was there already/);
  const whole = (await other.json('pull', '--all-platforms', `${host}/team/app:1.0`)) as Moved;
  assert.equal(whole.digest, sample.index);
  assert.equal(whole.reference, `${host}/team/app:1.0`);
  assert.equal(whole.transferred.copied, 4, 'only what the other platform and the index add');
  const { images } = (await other.json('ls')) as { images: { reference: string }[] };
  assert.deepEqual(
    images.map(({ reference }) => reference),
    [`${host}/team/app:1.0`],
  );
});

test('pull by the digest of an index sets no tag, and the digest is found here afterwards', async (t) => {
  await sandbox.out('push', 'app:1.0', `${host}/by-digest:1`);
  const other = await openSandbox(t);
  const name = `${host}/by-digest:note@${sample.index}`;
  const pulled = (await other.json('pull', '--platform', 'linux/amd64', name)) as Moved;
  assert.deepEqual([pulled.reference, pulled.digest], [`${host}/by-digest@${sample.index}`, sample.index]);
  const { images } = (await other.json('ls')) as { images: { reference: string; tag?: string }[] };
  assert.deepEqual(
    images.map(({ reference, tag }) => [reference, tag]),
    [[`${host}/by-digest@${sample.index}`, undefined]],
  );
  const found = (await other.json('inspect', '--platform', 'linux/amd64', name)) as { source: string; image: object };
  assert.equal(found.source, 'local');
});

test('push of a name without a registry and of a name that is not here are refused with what to do', async () => {
  const nowhere = await sandbox.run(['push', 'app:1.0']);
  assert.equal(nowhere.code, 2);
  assert.match(nowhere.stderr, /hint: .*lading push app:1\.0 registry\.example\.org\/app:1\.0/);
  const absent = await sandbox.run(['push', 'absent', `${host}/absent`]);
  assert.equal(absent.code, 5);
  assert.match(absent.stderr, /Cannot find absent on this machine \[REFERENCE_NOT_FOUND\]\n {2}hint: .*lading ls/);
});

test('copy within a registry mounts blobs instead of moving them', async () => {
  await sandbox.out('copy', 'local:app:1.0', `${host}/first:1`);
  const { transferred, tag } = (await sandbox.json('copy', `${host}/first:1`, `${host}/second`)) as Moved;
  assert.equal(tag, '1');
  assert.deepEqual([transferred.mounted, transferred.copied], [5, 3], 'manifests are put, blobs mounted');
});

test('copy goes through every transport and keeps the manifest', async () => {
  const steps = [
    ['local:app:1.0', `${host}/round:1.0`],
    [`${host}/round:1.0`, 'oci:folder'],
    ['oci:folder:1.0', 'oci-archive:file.tar:2.0'],
    [`oci-archive:file.tar@${sample.index}`, `${host}/round:3`],
    ['oci-archive:file.tar:2.0', 'local:round'],
  ] as const;
  for (const [from, to] of steps) {
    const { digest, reference } = (await sandbox.json('copy', from, to)) as Moved;
    assert.equal(digest, sample.index, `${from} → ${to}`);
    assert.ok(reference.endsWith(`@${sample.index}`));
  }
  assert.deepEqual(await sandbox.json('ls', `${host}/round`), { repository: `${host}/round`, tags: ['1.0', '3'] });
  const { images } = (await sandbox.json('ls', 'local:round')) as { images: { tag: string }[] };
  assert.equal(images[0]?.tag, '2.0', 'the tag of the archive');

  const to = 'docker-archive:docker.tar';
  const docker = await sandbox.out('copy', '--platform', 'linux/amd64', `${host}/round:1.0`, to);
  assert.equal(docker, `docker-archive:docker.tar:${host}/round:1.0`);
  const before = (await sandbox.json('inspect', '--platform', 'linux/amd64', 'local:app:1.0')) as Inspected;
  const after = (await sandbox.json('inspect', docker)) as Inspected;
  assert.equal(after.image.config.digest, before.image.config.digest);
  assert.deepEqual(diffIds(after), diffIds(before));
});

interface Inspected {
  readonly image: { readonly config: { readonly digest: string }; readonly layers: readonly { diffId: string }[] };
}

function diffIds({ image }: Inspected): string[] {
  return image.layers.map(({ diffId }) => diffId);
}

test('copy says what transports there are, and which one was meant', async () => {
  const errors = [
    ['dir:/somewhere', /there is no transport "dir".*\n.*Transports are local:, oci:, oci-archive:, docker-archive:/],
    ['docker://alpine', /there is no transport "docker"/],
    ['oci-archve:file.tar', /Did you mean "oci-archive:file\.tar"/],
    ['oci:', /the path is missing/],
    ['oci:folder@sha256:12', /not a digest/],
    ['local:', /it is empty/],
  ] as const;
  await Promise.all(
    errors.map(async ([from, expected]) => {
      const { code, stderr } = await sandbox.run(['copy', from, 'local:x']);
      assert.equal(code, 2, from);
      assert.match(stderr, expected);
    }),
  );
  const target = await sandbox.run(['copy', 'local:app:1.0', `oci:folder@${sample.index}`]);
  assert.equal(target.code, 2);
  assert.match(target.stderr, /a target is named by tag, not by digest/);
  const several = await sandbox.run(['copy', 'oci:layout', 'local:x']);
  assert.equal(several.code, 5);
  assert.match(several.stderr, /it has 2 images and none was named.*\n.*It has amd64, all\./);
});

test('copy of content that does not have its digest ends with 7 and leaves no tag', async (t) => {
  const sandbox = await openSandbox(t);
  const damaged = await writeSampleLayout(join(sandbox.folder, 'damaged'));
  const { layers } = JSON.parse(await sandbox.out('inspect', '--raw', '--platform', 'linux/amd64', 'oci:damaged:all'));
  const path = damaged.layout.content.localPath(layers[1].digest);
  await rm(path);
  await writeFile(path, 'x'.repeat(layers[1].size));
  const { code, stderr, stdout } = await sandbox.run(['copy', 'oci:damaged:amd64', 'local:damaged']);
  assert.equal(code, 7, stderr);
  assert.equal(stdout, '');
  assert.ok(stderr.includes(hexOf(layers[1].digest)), 'the blob is named');
  assert.deepEqual(await sandbox.json('ls', 'local:damaged'), { images: [] });
});

test('tag gives a second name to the same digest, and moves a name', async () => {
  assert.equal(await sandbox.out('tag', 'app:1.0', 'other/name:2'), `docker.io/other/name@${sample.index}`);
  await sandbox.out('copy', 'oci:layout:amd64', 'local:moving');
  assert.deepEqual(await sandbox.json('tag', 'app:1.0', 'moving:amd64'), {
    reference: `docker.io/library/moving@${sample.index}`,
    tag: 'amd64',
    digest: sample.index,
  });
  const { images } = (await sandbox.json('ls', 'local:moving')) as { images: { digest: string }[] };
  assert.deepEqual(
    images.map(({ digest }) => digest),
    [sample.index],
  );
  const raw = await sandbox.run(['tag', `moving@${sample.image}`, 'previous']);
  assert.equal(raw.code, 0, 'what has no name any more can be named by digest');
});
