// skopeo and Lading move the same images: through our registry, and through every file format that both have.
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { openImage } from '@lading/image';
import { mediaTypes } from '@lading/oci';
import { openOciLayout } from '@lading/store';
import { vector } from '@lading/testkit';
import { openLading, succeeded } from './lading.ts';
import { sampleImage, sampleIndex } from './sample-image.ts';
import { serve } from './serve.ts';
import { openSkopeo } from './skopeo.ts';

interface RawManifest {
  readonly mediaType?: string;
  readonly config: { readonly digest: string };
  readonly layers: readonly { readonly digest: string; readonly mediaType: string }[];
}

const sha256 = (data: string | Buffer): string => `sha256:${createHash('sha256').update(data).digest('hex')}`;

describe('skopeo', { concurrency: 2 }, () => {
  test('skopeo pushes an index of three platforms to our registry and pulls the same bytes back', async (t) => {
    const skopeo = await openSkopeo(t);
    if (skopeo === undefined) return;
    const lading = await openLading(t);
    const { host } = await serve(lading);
    const { layout, digest } = await sampleIndex(join(lading.folder, 'ours'), 'multi');
    await skopeo('copy', '--all', `oci:${layout.path}:multi`, `docker://${host}/team/app:multi`);
    const raw = await skopeo('inspect', '--raw', `docker://${host}/team/app:multi`);
    assert.equal(sha256(raw), digest);
    await skopeo('copy', '--all', `docker://${host}/team/app:multi`, `oci:${join(lading.folder, 'theirs')}:multi`);
    const theirs = await openOciLayout(join(lading.folder, 'theirs'));
    assert.equal((await theirs.references.resolve('multi'))?.digest, digest);
    const [ourBlobs, theirBlobs] = await Promise.all(
      [layout.path, theirs.path].map((path) => readdir(join(path, 'blobs/sha256'))),
    );
    assert.deepEqual(theirBlobs?.sort(), ourBlobs?.sort());
  });

  test('skopeo picks platforms of an index that Lading pushed, by architecture and variant', async (t) => {
    const skopeo = await openSkopeo(t);
    if (skopeo === undefined) return;
    const lading = await openLading(t);
    const { host } = await serve(lading);
    const { layout } = await sampleIndex(join(lading.folder, 'ours'), 'multi');
    await lading.out('copy', `oci:${layout.path}:multi`, `${host}/team/app:multi`);
    for (const [architecture, ...options] of [['arm64'], ['arm', '--override-variant=v7'], ['amd64']]) {
      const target = join(lading.folder, `only-${architecture}`);
      const overrides = [`--override-arch=${architecture}`, ...options];
      await skopeo('copy', ...overrides, `docker://${host}/team/app:multi`, `oci:${target}:one`);
      const image = await openImage(await openOciLayout(target), 'one');
      assert.equal(image.config.architecture, architecture);
    }
  });

  test('what Lading pushed skopeo inspects, copies to a folder, lists, syncs and deletes', async (t) => {
    const skopeo = await openSkopeo(t);
    if (skopeo === undefined) return;
    const lading = await openLading(t);
    const { host } = await serve(lading);
    const layout = await openOciLayout(join(lading.folder, 'ours'), { create: true });
    for (const tag of ['1.0', '1.1']) await layout.references.tag(tag, await sampleImage(layout, [[{ path: tag }]]));
    for (const tag of ['1.0', '1.1']) await lading.out('copy', `oci:ours:${tag}`, `${host}/team/app:${tag}`);
    await lading.out('copy', 'oci:ours:1.1', `${host}/team/app:latest`);
    const name = `docker://${host}/team/app`;

    const seen = JSON.parse(await skopeo('inspect', `${name}:1.1`));
    const expected = await openImage(layout, '1.1');
    assert.equal(seen.Digest, expected.descriptor.digest);
    assert.deepEqual(seen.RepoTags, ['1.0', '1.1', 'latest']);
    assert.deepEqual(
      seen.Layers,
      expected.layers.map(({ descriptor }) => descriptor.digest),
    );
    assert.deepEqual(seen.Labels, { 'org.example.sample': 'amd64' });

    const folder = join(lading.folder, 'dir');
    await skopeo('copy', `${name}@${expected.descriptor.digest}`, `dir:${folder}`);
    assert.equal(sha256(await readFile(join(folder, 'manifest.json'))), expected.descriptor.digest);
    const synced = join(lading.folder, 'synced');
    await skopeo('sync', '--src=docker', '--dest=dir', `${host}/team/app`, synced);
    assert.deepEqual((await readdir(synced)).sort(), ['app:1.0', 'app:1.1', 'app:latest']);

    assert.deepEqual(JSON.parse(await skopeo('list-tags', name)).Tags, ['1.0', '1.1', 'latest']);
    // skopeo deletes the manifest that the tag names, so the other tag of the same image goes too.
    await skopeo('delete', `${name}:1.1`);
    assert.deepEqual(JSON.parse(await skopeo('list-tags', name)).Tags, ['1.0']);
    assert.equal((await lading.run(['inspect', `${host}/team/app:latest`])).code, 5);
    await lading.out('copy', 'oci:ours:1.1', `${host}/team/app:1.1`);
    assert.equal(JSON.parse(await skopeo('inspect', `${name}:1.1`)).Digest, expected.descriptor.digest);
  });

  test('an image in Docker’s own format keeps its digest from skopeo through our registry to a docker-archive', async (t) => {
    const skopeo = await openSkopeo(t);
    const alpine = vector(t, 'images/alpine-311.docker-archive.tar.gz');
    if (skopeo === undefined || alpine === undefined) return;
    const lading = await openLading(t);
    const { host } = await serve(lading);
    succeeded('gunzip', await lading.shell(`gzip -dc '${alpine}' >alpine.tar`));
    const archive = `docker-archive:${join(lading.folder, 'alpine.tar')}`;
    const digestFile = join(lading.folder, 'digest');
    await skopeo('copy', '--format=v2s2', `--digestfile=${digestFile}`, archive, `docker://${host}/alpine:3.11`);
    const digest = await readFile(digestFile, 'utf8');
    const raw = await lading.out('inspect', '--raw', `${host}/alpine:3.11`);
    assert.equal(sha256(raw), digest);
    assert.equal((JSON.parse(raw) as RawManifest).mediaType, mediaTypes.dockerManifest);

    await lading.out('pull', `${host}/alpine:3.11`);
    await lading.out('save', '-o', 'saved.tar', `${host}/alpine:3.11`);
    const config = JSON.parse(await skopeo('inspect', '--config', '--raw', archive));
    assert.deepEqual(
      JSON.parse(await skopeo('inspect', '--config', '--raw', `docker-archive:${lading.folder}/saved.tar`)),
      config,
    );
    // The same bytes, uncompressed again: the manifest over both archives is one.
    const [theirs, ours] = await Promise.all(
      [archive, `docker-archive:${lading.folder}/saved.tar`].map((source) => skopeo('inspect', '--raw', source)),
    );
    assert.deepEqual((JSON.parse(ours ?? '') as RawManifest).layers, (JSON.parse(theirs ?? '') as RawManifest).layers);
  });

  test('zstd layers pass both ways', async (t) => {
    const skopeo = await openSkopeo(t);
    if (skopeo === undefined) return;
    const lading = await openLading(t);
    const { host } = await serve(lading);
    const { layout } = await sampleIndex(join(lading.folder, 'ours'), 'multi');
    const image = await openImage(layout, 'multi', { platform: { os: 'linux', architecture: 'amd64' } });
    const compressed = ['--dest-compress-format=zstd', '--format=oci', '--override-arch=amd64'];
    await skopeo('copy', ...compressed, `oci:${layout.path}:multi`, `docker://${host}/theirs:zstd`);
    await lading.out('copy', `${host}/theirs:zstd`, 'oci:pulled');
    const pulled = await openImage(await openOciLayout(join(lading.folder, 'pulled')), 'zstd');
    for (const [at, layer] of pulled.layers.entries()) {
      assert.equal(layer.descriptor.mediaType, mediaTypes.ociLayerZstd);
      assert.equal(layer.diffId, image.layers[at]?.diffId);
      // Reads to the end, and so verifies the diffId.
      for await (const _ of await layer.uncompressed());
    }

    await layout.references.tag(
      'zstd',
      await sampleImage(layout, [[{ path: 'file', text: 'zstd' }]], { compression: 'zstd' }),
    );
    await lading.out('copy', 'oci:ours:zstd', `${host}/ours:zstd`);
    await skopeo('copy', `docker://${host}/ours:zstd`, `oci:${lading.folder}/copied:zstd`);
    const copied = await openOciLayout(join(lading.folder, 'copied'));
    assert.equal((await copied.references.resolve('zstd'))?.digest, (await layout.references.resolve('zstd'))?.digest);
  });

  test('skopeo reads the archives and layouts that Lading saves, and Lading those that skopeo writes', async (t) => {
    const skopeo = await openSkopeo(t);
    if (skopeo === undefined) return;
    const lading = await openLading(t);
    const layout = await openOciLayout(join(lading.folder, 'ours'), { create: true });
    const text = (name: string) => [{ path: name, text: `${name}\n` }];
    await layout.references.tag('1.0', await sampleImage(layout, [text('a'), text('b')]));
    const { config } = await openImage(layout, '1.0');
    const name = 'registry.example.org/team/app:1.0';
    await lading.out('copy', 'oci:ours:1.0', `local:${name}`);
    await lading.out('save', '-o', 'docker.tar', name);
    await lading.out('save', '--format=oci', '-o', 'oci.tar', name);
    await lading.out('copy', `local:${name}`, 'oci:folder:1.0');

    const ours = [`docker-archive:docker.tar:${name}`, `oci-archive:oci.tar:${name}`, 'oci:folder:1.0'];
    const formats = ['docker-archive', 'oci-archive', 'oci'] as const;
    for (const [at, source] of ours.entries()) {
      const from = source.replace(':', `:${lading.folder}/`);
      assert.deepEqual(JSON.parse(await skopeo('inspect', '--config', from)).rootfs.diff_ids, config.rootfs.diff_ids);
      for (const format of formats) {
        const target = `theirs-${at}-${format}`;
        await skopeo('copy', from, `${format}:${lading.folder}/${target}:${format === 'oci' ? '1.0' : name}`);
        const shown = JSON.parse(await lading.out('inspect', '--config', `${format}:${target}`));
        assert.deepEqual(shown.rootfs.diff_ids, config.rootfs.diff_ids, `${source} as ${format}`);
      }
    }
    await lading.out('load', '-i', 'theirs-1-docker-archive');
    assert.match(await lading.out('ls'), /team\/app +1\.0/);
  });
});
