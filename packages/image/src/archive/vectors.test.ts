import assert from 'node:assert/strict';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { type Bytes, collect } from '@lading/bytes';
import { createMemoryRepository } from '@lading/store';
import { temporaryFolder, vector } from '@lading/testkit';
import { copy } from '../copy/copy.ts';
import { openImage } from '../image.ts';
import type { Archive } from './archive.ts';
import { openArchive } from './open-archive.ts';
import { saveDockerArchive } from './save-docker-archive.ts';
import { saveOciArchive } from './save-oci-archive.ts';

const maxBytes = 64 << 20;

async function open(t: TestContext, path: string): Promise<Archive> {
  const archive = await openArchive(path);
  t.after(() => archive.close());
  return archive;
}

async function saved(t: TestContext, bytes: Bytes): Promise<string> {
  const path = join(await temporaryFolder(t), 'archive.tar');
  await writeFile(path, await collect(bytes, { maxBytes, what: 'archive' }));
  return path;
}

const images = [
  { file: 'alpine-310.docker-archive.tar.gz', format: 'docker-archive', name: 'alpine:3.10', layers: 1 },
  { file: 'alpine-311.docker-archive.tar.gz', format: 'docker-archive', name: 'alpine:3.11', layers: 1 },
  { file: 'dive-test-docker-image.tar', format: 'docker-archive', name: 'dive-test:latest', layers: 14 },
  { file: 'dive-test-kaniko-image.tar', format: 'docker-archive', name: 'dive-test:kaniko-latest', layers: 14 },
  { file: 'dive-test-oci-gzip-image.tar', format: 'oci-archive', layers: 1 },
  { file: 'dive-test-oci-zstd-image.tar', format: 'oci-archive', layers: 1 },
  { file: 'dive-test-oci-uncompressed-image.tar', format: 'oci-archive', layers: 1 },
  { file: 'dive-test-oci-estargz-image.tar', format: 'oci-archive', layers: 1 },
] as const;

for (const expected of images) {
  test(`openArchive() reads ${expected.file}: every layer has its digest and diffId`, async (t) => {
    const path = vector(t, `images/${expected.file}`);
    if (path === undefined) return;
    const archive = await open(t, path);
    assert.equal(archive.format, expected.format);
    const [only] = archive.images;
    assert.deepEqual(only?.names, 'name' in expected ? [expected.name] : []);
    const image = await openImage(archive.repository, only!.descriptor);
    assert.equal(image.layers.length, expected.layers);
    for (const layer of image.layers) {
      await collect(await layer.open(), { maxBytes, what: 'layer' });
      await collect(await layer.uncompressed(), { maxBytes, what: 'layer' });
    }
  });

  test(`${expected.file} goes through a store, a docker-archive and an OCI archive with the same config and diffIds`, async (t) => {
    const path = vector(t, `images/${expected.file}`);
    if (path === undefined) return;
    const archive = await open(t, path);
    const { descriptor } = archive.images[0]!;
    const original = await openImage(archive.repository, descriptor);
    const store = createMemoryRepository();
    const copied = await copy(archive.repository, store, { from: descriptor, to: 'loaded' });
    assert.equal(copied.descriptor.digest, descriptor.digest);

    const docker = await open(t, await saved(t, saveDockerArchive(store, [{ from: 'loaded', names: ['team/app:1'] }])));
    assert.deepEqual(docker.images[0]?.names, ['team/app:1']);
    const oci = await open(t, await saved(t, saveOciArchive(store, [{ from: 'loaded', names: ['team/app:1'] }])));
    assert.deepEqual(oci.images[0]?.names, ['docker.io/team/app:1']);
    assert.equal(oci.images[0]?.descriptor.digest, descriptor.digest, 'an OCI archive keeps the manifest');
    for (const again of [docker, oci]) {
      const image = await openImage(again.repository, 'team/app:1');
      assert.equal(image.manifest.config.digest, original.manifest.config.digest);
      assert.deepEqual(
        image.layers.map((layer) => layer.diffId),
        original.layers.map((layer) => layer.diffId),
      );
      for (const layer of image.layers) await collect(await layer.uncompressed(), { maxBytes, what: 'layer' });
    }
  });
}
