import assert from 'node:assert/strict';
import { test } from 'node:test';
import { fromBuffer } from '@lading/bytes';
import { isLadingError } from '@lading/errors';
import { type ImageConfig, mediaTypes, parsePlatform } from '@lading/oci';
import { createMemoryRepository } from '@lading/store';
import { writeTar } from '@lading/tar';
import { appendLayer, changeImage } from './change-image.ts';
import { convertImage } from './convert-image.ts';
import { openImage } from './image.ts';
import { openIndex } from './image-index.ts';
import { sampleImage } from './internal/sample-image.ts';
import { writeImage } from './write-image.ts';
import { writeIndex } from './write-index.ts';
import { writeLayer } from './write-layer.ts';

test('appendLayer() puts a layer on top and leaves the image below as it is', async () => {
  const repository = createMemoryRepository();
  const image = await openImage(repository, await sampleImage(repository));
  const written = await writeLayer(repository, fromBuffer(Buffer.alloc(1024)));
  const grown = await openImage(
    repository,
    await appendLayer(repository, image, { ...written, history: { created_by: 'more' } }),
  );
  assert.deepEqual(grown.manifest.layers.slice(0, 2), image.manifest.layers);
  assert.equal(grown.layers[2]?.diffId, written.diffId);
  assert.equal(grown.layers[2]?.history?.created_by, 'more');
  assert.deepEqual(grown.config.config, image.config.config);
});

test('changeImage() changes the config and keeps fields that are not known', async () => {
  const repository = createMemoryRepository();
  const base = await openImage(repository, await sampleImage(repository));
  const config: ImageConfig & { Healthcheck?: object } = { ...base.config, Healthcheck: { Test: ['NONE'] } };
  const layers = base.manifest.layers;
  const docker = await openImage(repository, await writeImage(repository, { config, layers, format: 'docker' }));
  const changed = await openImage(
    repository,
    await changeImage(repository, docker, { config: (old) => ({ ...old, config: { ...old.config, User: 'app' } }) }),
  );
  assert.equal(changed.config.config?.User, 'app');
  assert.deepEqual((changed.config as typeof config).Healthcheck, { Test: ['NONE'] });
  assert.equal(changed.descriptor.mediaType, mediaTypes.dockerManifest, 'the format stays');
});

test('changeImage() without changes gives the same image', async () => {
  const repository = createMemoryRepository();
  const image = await openImage(repository, await sampleImage(repository));
  assert.equal((await changeImage(repository, image, {})).digest, image.descriptor.digest);
});

test('convertImage() to Docker and back gives the first digest again', async () => {
  const repository = createMemoryRepository();
  const children = [
    await sampleImage(repository),
    await sampleImage(repository, { platform: parsePlatform('linux/arm64'), compression: 'zstd' }),
  ];
  const oci = await writeIndex(repository, { manifests: children });
  const docker = await convertImage(repository, oci, { format: 'docker' });
  assert.equal(docker.mediaType, mediaTypes.dockerManifestList);
  const index = await openIndex(repository, docker);
  assert.deepEqual(
    index.manifests.map((manifest) => manifest.mediaType),
    [mediaTypes.dockerManifest, mediaTypes.dockerManifest],
  );
  const image = await index.openImage({ platform: parsePlatform('linux/amd64') });
  assert.equal(image.manifest.layers[0]?.mediaType, mediaTypes.dockerLayerGzip);
  const original = await openImage(repository, children[0]!);
  assert.equal(image.manifest.config.digest, original.manifest.config.digest, 'the image ID stays');
  assert.equal((await convertImage(repository, docker, { format: 'oci' })).digest, oci.digest);
  assert.equal((await convertImage(repository, oci, { format: 'oci' })).digest, oci.digest);
});

test('convertImage() refuses what Docker has no name for', async () => {
  const repository = createMemoryRepository();
  const { config, manifest } = await openImage(repository, await sampleImage(repository, { texts: ['one'] }));
  const odd = await writeImage(repository, {
    config,
    layers: [{ ...manifest.layers[0]!, mediaType: 'application/vnd.example.layer+encrypted' }],
  });
  await assert.rejects(convertImage(repository, odd, { format: 'docker' }), (error) =>
    isLadingError(error, 'IMAGE_INVALID'),
  );
});

test('writeLayer() gives the same layer however the tar is cut into chunks', async () => {
  const repository = createMemoryRepository();
  const data = Buffer.alloc(3_000_000, 'lading');
  const tar = (): AsyncGenerator<Uint8Array, void, void> =>
    writeTar([
      { path: 'f', type: 'file', mode: 0o644, uid: 0, gid: 0, mtime: 0, size: data.length, content: fromBuffer(data) },
    ]);
  async function* cut(): AsyncGenerator<Uint8Array, void, void> {
    for await (const chunk of tar())
      for (let at = 0; at < chunk.length; at += 7777) yield chunk.subarray(at, at + 7777);
  }
  for (const compression of ['none', 'gzip', 'zstd'] as const) {
    const [one, two] = [
      await writeLayer(repository, tar(), { compression }),
      await writeLayer(repository, cut(), { compression }),
    ];
    assert.deepEqual(one, two);
    assert.ok(one.uncompressedSize > data.length);
  }
});
