import assert from 'node:assert/strict';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { referrersTag } from '@lading/oci';
import { vector } from '@lading/testkit';
import { openSandbox } from './testing/lading.ts';
import { writeSampleLayout } from './testing/sample-layout.ts';

interface Inspected {
  readonly digest: string;
  readonly image: { readonly config: { readonly digest: string }; readonly layers: readonly { diffId: string }[] };
}

const alpines = [
  { file: 'alpine-310.docker-archive.tar.gz', name: 'alpine:3.10' },
  { file: 'alpine-311.docker-archive.tar.gz', name: 'alpine:3.11' },
];

for (const { file, name } of alpines) {
  test(`${file} is loaded and saved again with the same config digest and diffIDs`, async (t) => {
    const path = vector(t, `images/${file}`);
    if (path === undefined) return;
    const [first, second] = [await openSandbox(t), await openSandbox(t)];
    const original = (await first.json('inspect', `docker-archive:${path}`)) as Inspected;
    const loaded = await first.run(['load', '-i', path]);
    assert.equal(loaded.stdout, `${name} docker.io/library/alpine@${original.digest}\n`);
    for (const format of ['docker', 'oci']) {
      const saved = join(first.folder, `${format}.tar`);
      assert.equal(
        await first.out('save', '--format', format, '-o', saved, name),
        `docker.io/library/alpine@${original.digest}`,
      );
      await second.out('load', '-i', saved);
      const again = (await second.json('inspect', name)) as Inspected;
      assert.equal(again.image.config.digest, original.image.config.digest);
      assert.deepEqual(
        again.image.layers.map(({ diffId }) => diffId),
        original.image.layers.map(({ diffId }) => diffId),
      );
    }
  });
}

test('save writes to a pipe and load reads from one, several images at once', async (t) => {
  const sandbox = await openSandbox(t);
  const { index } = await writeSampleLayout(join(sandbox.folder, 'layout'));
  await sandbox.out('copy', 'oci:layout:all', 'local:app:1');
  await sandbox.out('copy', 'oci:layout:amd64', 'local:app:2');
  const { code, stdout, stderr } = await sandbox.shell(
    'lading save --format oci app:1 app:2 | LADING_HOME=$PWD/other lading load --json',
  );
  assert.equal(code, 0, stderr);
  const { images } = JSON.parse(stdout) as { images: { reference: string; digest: string }[] };
  assert.deepEqual(
    images.map(({ reference }) => reference),
    ['docker.io/library/app:1', 'docker.io/library/app:2'],
  );
  assert.equal(images[0]?.digest, index, 'an OCI archive keeps the whole index');
});

test('save writes the same bytes twice, and nothing at all when it fails', async (t) => {
  const sandbox = await openSandbox(t);
  await writeSampleLayout(join(sandbox.folder, 'layout'));
  await sandbox.out('copy', 'oci:layout:all', 'local:app');
  for (const file of ['a.tar', 'b.tar']) await sandbox.out('save', '--platform', 'linux/arm64', '-o', file, 'app:all');
  const [a, b] = await Promise.all(['a.tar', 'b.tar'].map((file) => readFile(join(sandbox.folder, file))));
  assert.deepEqual(a, b);
  const failed = await sandbox.run(['save', '-o', 'c.tar', 'app:all', 'absent']);
  assert.equal(failed.code, 5);
  await assert.rejects(readFile(join(sandbox.folder, 'c.tar')), { code: 'ENOENT' });
  const nowhere = await sandbox.run(['save', '--platform', 'linux/amd64', '-o', 'no/folder.tar', 'app:all']);
  assert.equal(nowhere.code, 5);
  assert.match(nowhere.stderr, /its folder does not exist/);
});

test('load asks for the name that an archive does not have', async (t) => {
  const sandbox = await openSandbox(t);
  const { image } = await writeSampleLayout(join(sandbox.folder, 'layout'));
  await sandbox.out('copy', 'oci:layout:amd64', 'oci-archive:app.tar');
  const nameless = await sandbox.run(['load', '-i', 'app.tar']);
  assert.equal(nameless.code, 2);
  assert.match(nameless.stderr, /only the tag "amd64" \[USAGE\]\n {2}hint: Give the name/);
  assert.equal(
    await sandbox.out('load', '-i', 'app.tar', '--name', 'team/app'),
    `team/app:amd64 docker.io/team/app@${image}`,
  );
});

test('copy --referrers into an archive takes tags of signatures along, and the image there is still the only one', async (t) => {
  const sandbox = await openSandbox(t);
  const { index, image } = await writeSampleLayout(join(sandbox.folder, 'layout'));
  await sandbox.out('copy', 'oci:layout:all', 'local:app');
  const tag = `${referrersTag(index)}.sig`;
  // Any image will do as a signature.
  await sandbox.out('copy', 'oci:layout:amd64', `local:app:${tag}`);
  await sandbox.out('copy', '--referrers', 'local:app:all', 'oci-archive:app.tar');
  await sandbox.out('copy', '--referrers', 'oci-archive:app.tar', 'local:again:1');
  await sandbox.out('load', '-i', 'app.tar', '--name', 'loaded:1');
  for (const name of ['again', 'loaded']) {
    assert.equal(((await sandbox.json('inspect', `local:${name}:1`)) as Inspected).digest, index);
    assert.equal(((await sandbox.json('inspect', `local:${name}:${tag}`)) as Inspected).digest, image);
  }
});

test('load of what is no archive says what it is', async (t) => {
  const sandbox = await openSandbox(t);
  const { code, stderr } = await sandbox.run(['load'], { input: 'not an archive' });
  assert.equal(code, 1);
  assert.match(stderr, /\[ARCHIVE_INVALID\]/);
  assert.equal((await sandbox.run(['load', '-i', 'absent.tar'])).code, 5);
});

test('an image without a name is the only one, whatever refers to it beside', async (t) => {
  const sandbox = await openSandbox(t);
  const { image } = await writeSampleLayout(join(sandbox.folder, 'layout'));
  const path = join(sandbox.folder, 'layout/index.json');
  const index = JSON.parse(await readFile(path, 'utf8'));
  index.manifests = index.manifests.map(({ annotations: _, ...entry }: { annotations: object; digest: string }) =>
    entry.digest === image ? entry : { ...entry, artifactType: 'application/vnd.example.signature' },
  );
  await writeFile(path, JSON.stringify(index));
  assert.equal(index.manifests.length, 2);
  assert.equal(((await sandbox.json('inspect', 'oci:layout')) as Inspected).digest, image);
});
