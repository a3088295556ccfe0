import assert from 'node:assert/strict';
import { readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { gunzipSync } from 'node:zlib';
import { type Bytes, collect } from '@lading/bytes';
import { hexOf } from '@lading/oci';
import { openOciLayout } from '@lading/store';
import { findProgram, runProgram, skipUnless, temporaryFolder, vector } from '@lading/testkit';
import { copy } from '../copy/copy.ts';
import { openImage } from '../image.ts';
import { sampleImage } from '../internal/sample-image.ts';
import { writeIndex } from '../write-index.ts';
import { openArchive } from './open-archive.ts';
import { saveDockerArchive } from './save-docker-archive.ts';
import { saveOciArchive } from './save-oci-archive.ts';

async function run(name: string, ...args: readonly string[]): Promise<string> {
  const { code, stdout, stderr } = await runProgram(findProgram(name)!, args);
  assert.equal(code, 0, `${name} ${args.join(' ')}: ${stderr}`);
  return stdout;
}

function has(t: TestContext, name: string): boolean {
  return skipUnless(t, findProgram(name) !== undefined, `${name} is not installed`);
}

async function file(path: string, bytes: Bytes): Promise<string> {
  await writeFile(path, await collect(bytes, { maxBytes: 64 << 20, what: 'archive' }));
  return path;
}

const name = 'registry.example.org/team/app:1.0';

test('skopeo reads our OCI layouts, single images and indexes', async (t) => {
  if (!has(t, 'skopeo')) return;
  const layout = await openOciLayout(join(await temporaryFolder(t), 'layout'), { create: true });
  const image = await sampleImage(layout);
  await layout.references.tag('1.0', image);
  await layout.references.tag(
    'multi',
    await writeIndex(layout, {
      manifests: [image, await sampleImage(layout, { platform: { os: 'linux', architecture: 'arm64' } })],
    }),
  );
  for (const tag of ['1.0', 'multi']) {
    const seen = JSON.parse(await run('skopeo', '--override-arch=amd64', 'inspect', `oci:${layout.path}:${tag}`));
    assert.deepEqual(
      seen.Layers,
      (await openImage(layout, image)).layers.map((layer) => layer.descriptor.digest),
    );
  }
  const copied = join(await temporaryFolder(t), 'copied');
  await run('skopeo', '--insecure-policy', 'copy', '--all', `oci:${layout.path}:multi`, `oci:${copied}:again`);
  const again = await openOciLayout(copied);
  assert.equal(
    (await again.references.resolve('again'))?.digest,
    (await layout.references.resolve('multi'))?.digest,
    'we read what skopeo wrote',
  );
});

test('skopeo reads our docker-archives and OCI archives, and we read the ones it writes', async (t) => {
  if (!has(t, 'skopeo')) return;
  const folder = await temporaryFolder(t);
  const layout = await openOciLayout(join(folder, 'layout'), { create: true });
  for (const compression of ['none', 'gzip', 'zstd'] as const) {
    const descriptor = await sampleImage(layout, { compression });
    const image = await openImage(layout, descriptor);
    const docker = await file(
      join(folder, `d-${compression}.tar`),
      saveDockerArchive(layout, [{ from: descriptor, names: [name] }]),
    );
    const oci = await file(
      join(folder, `o-${compression}.tar`),
      saveOciArchive(layout, [{ from: descriptor, names: [name] }]),
    );
    for (const source of [`docker-archive:${docker}:${name}`, `oci-archive:${oci}:${name}`]) {
      const config = JSON.parse(await run('skopeo', 'inspect', '--config', source));
      assert.deepEqual(config.rootfs.diff_ids, image.config.rootfs.diff_ids);
      if (compression === 'zstd') continue;
      const [theirs] = [join(folder, `${source.split(':', 1)[0]}-${compression}`)];
      await run('skopeo', '--insecure-policy', 'copy', source, `oci:${theirs}:x`);
      const read = await openImage(await openOciLayout(theirs), 'x');
      assert.deepEqual(read.config.rootfs.diff_ids, image.config.rootfs.diff_ids);
    }
    if (compression === 'zstd') continue;
    for (const kind of ['docker-archive', 'oci-archive']) {
      const path = join(folder, `${kind}-${compression}.tar`);
      await run('skopeo', '--insecure-policy', 'copy', `oci-archive:${oci}:${name}`, `${kind}:${path}:${name}`);
      const archive = await openArchive(path);
      const read = await openImage(archive.repository, archive.images[0]!.descriptor);
      assert.deepEqual(archive.images[0]?.names, [name]);
      assert.deepEqual(read.config.rootfs.diff_ids, image.config.rootfs.diff_ids);
      await archive.close();
    }
  }
});

test('skopeo sees the same config and layers in an Alpine archive and in what we save of it', async (t) => {
  const path = vector(t, 'images/alpine-310.docker-archive.tar.gz');
  if (path === undefined || !has(t, 'skopeo')) return;
  const archive = await openArchive(path);
  t.after(() => archive.close());
  const folder = await temporaryFolder(t);
  // This release of skopeo does not take the compressed file.
  const plain = join(folder, 'plain.tar');
  await writeFile(plain, gunzipSync(await readFile(path)));
  const again = join(folder, 'again.tar');
  await file(again, saveDockerArchive(archive.repository, [{ from: 'alpine:3.10', names: ['alpine:3.10'] }]));
  const [theirs, ours] = await Promise.all(
    [plain, again].map((source) => run('skopeo', 'inspect', '--raw', `docker-archive:${source}:alpine:3.10`)),
  );
  assert.deepEqual(JSON.parse(ours!), JSON.parse(theirs!));
});

test('umoci unpacks our OCI layouts', async (t) => {
  if (!has(t, 'umoci')) return;
  const folder = await temporaryFolder(t);
  const layout = await openOciLayout(join(folder, 'layout'), { create: true });
  const descriptor = await sampleImage(layout, { texts: ['first', 'second'] });
  await layout.references.tag('v1', descriptor);
  await run('umoci', 'unpack', '--rootless', '--image', `${layout.path}:v1`, join(folder, 'bundle'));
  assert.equal(await readFile(join(folder, 'bundle/rootfs/file0'), 'utf8'), 'first');
  assert.equal(await readFile(join(folder, 'bundle/rootfs/file1'), 'utf8'), 'second');
  await run('umoci', 'gc', '--layout', layout.path);
  const blobs = await readdir(join(layout.path, 'blobs/sha256'));
  assert.ok(blobs.includes(hexOf(descriptor.digest)), 'what is tagged survives');
});

test('archives of equal images are equal, whatever repository they come from', async (t) => {
  const folder = await temporaryFolder(t);
  const one = await openOciLayout(join(folder, 'one'), { create: true });
  const two = await openOciLayout(join(folder, 'two'), { create: true });
  const from = await sampleImage(one);
  await copy(one, two, { from });
  for (const save of [saveDockerArchive, saveOciArchive]) {
    const [a, b] = await Promise.all(
      [one, two].map((layout) => collect(save(layout, [{ from, names: [name] }]), { maxBytes: 1 << 20, what: 'a' })),
    );
    assert.ok(a!.equals(b!));
  }
});
