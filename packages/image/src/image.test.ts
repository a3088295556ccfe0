import assert from 'node:assert/strict';
import { test } from 'node:test';
import { collect } from '@lading/bytes';
import { type ErrorCode, isLadingError } from '@lading/errors';
import { descriptorOf, digestOf, encodeJson, mediaTypes, parsePlatform } from '@lading/oci';
import { createMemoryRepository, get, put } from '@lading/store';
import { openImage } from './image.ts';
import { openIndex } from './image-index.ts';
import { sampleImage } from './internal/sample-image.ts';
import { writeImage, writeManifest } from './write-image.ts';
import { writeIndex } from './write-index.ts';

const fails =
  (code: ErrorCode, pattern = /./) =>
  (error: unknown): boolean =>
    isLadingError(error, code) && pattern.test(`${error.message} ${error.hint}`);

test('openImage() gives config, layers with their diffIds and history, compressed and not', async () => {
  const repository = createMemoryRepository();
  for (const compression of ['none', 'gzip', 'zstd'] as const) {
    await repository.references.tag('app', await sampleImage(repository, { compression }));
    const image = await openImage(repository, 'app');
    assert.equal(image.platform.architecture, 'amd64');
    assert.deepEqual(
      image.layers.map((layer) => layer.history?.created_by),
      ['step 0', 'step 1'],
    );
    for (const layer of image.layers) {
      const stored = await collect(await layer.open(), { maxBytes: 1 << 20, what: 'layer' });
      assert.equal(digestOf(stored), layer.descriptor.digest);
      const plain = await collect(await layer.uncompressed(), { maxBytes: 1 << 20, what: 'layer' });
      assert.equal(digestOf(plain), layer.diffId);
    }
  }
});

test('openImage() chooses from an index by platform, through nested indexes', async () => {
  const repository = createMemoryRepository();
  const amd64 = await sampleImage(repository);
  const armv7 = await sampleImage(repository, { platform: parsePlatform('linux/arm/v7') });
  const inner = await writeIndex(repository, { manifests: [armv7] });
  const outer = await writeIndex(repository, {
    manifests: [amd64, { ...inner, platform: parsePlatform('linux/arm/v7') }],
  });
  await repository.references.tag('multi', outer);
  const chosen = await openImage(repository, 'multi', { platform: parsePlatform('linux/arm64') });
  assert.equal(chosen.descriptor.digest, armv7.digest, 'arm64 runs arm/v7');
  const index = await openIndex(repository, 'multi');
  assert.equal(index.select(parsePlatform('linux/amd64')).digest, amd64.digest);
  assert.deepEqual(index.manifests[0]?.platform, { os: 'linux', architecture: 'amd64' }, 'read from the config');
  await assert.rejects(
    openImage(repository, 'multi', { platform: parsePlatform('linux/s390x') }),
    fails('PLATFORM_UNMATCHED', /linux\/arm\/v7/),
  );
});

test('openImage() refuses a single image of another platform only when a platform was asked for', async () => {
  const repository = createMemoryRepository();
  const riscv = await sampleImage(repository, { platform: parsePlatform('linux/riscv64') });
  assert.equal((await openImage(repository, riscv)).platform.architecture, 'riscv64');
  await assert.rejects(
    openImage(repository, riscv, { platform: parsePlatform('linux/amd64') }),
    fails('PLATFORM_UNMATCHED', /riscv64/),
  );
});

test('openImage() names what is absent', async () => {
  const repository = createMemoryRepository('example');
  await assert.rejects(openImage(repository, 'latest'), fails('REFERENCE_NOT_FOUND', /example:latest/));
  await assert.rejects(openImage(repository, digestOf('x')), fails('REFERENCE_NOT_FOUND', /example@sha256:/));
  const image = await sampleImage(repository);
  await repository.references.tag('latest', image);
  await repository.content.delete(image.digest);
  await assert.rejects(openImage(repository, 'latest'), fails('REFERENCE_NOT_FOUND', /is missing/));
});

test('openImage() refuses artifacts, and layers that do not match the diffIds', async () => {
  const repository = createMemoryRepository();
  const config = await put(repository.content, Buffer.from('{}'), { mediaType: mediaTypes.ociEmpty });
  const artifact = await writeManifest(repository, {
    schemaVersion: 2,
    mediaType: mediaTypes.ociManifest,
    artifactType: 'application/x-sbom',
    config,
    layers: [config],
  });
  await assert.rejects(openImage(repository, artifact), fails('IMAGE_INVALID', /application\/x-sbom/));
  const bytes = encodeJson({ os: 'linux', architecture: 'amd64', rootfs: { type: 'layers', diff_ids: [] } });
  await assert.rejects(writeImage(repository, { config: bytes, layers: [config] }), fails('IMAGE_INVALID'));
  const crooked = await writeManifest(repository, {
    schemaVersion: 2,
    mediaType: mediaTypes.ociManifest,
    config: await put(repository.content, bytes, descriptorOf(bytes, mediaTypes.ociConfig)),
    layers: [config],
  });
  await assert.rejects(openImage(repository, crooked), fails('IMAGE_INVALID', /1 layers, the config 0/));
});

test('Layer.uncompressed() throws DIGEST_MISMATCH when the tar is not what the config says', async () => {
  const repository = createMemoryRepository();
  const honest = await openImage(repository, await sampleImage(repository));
  const [first, second] = honest.layers.map((layer) => layer.descriptor);
  const swapped = await writeImage(repository, { config: honest.configBytes, layers: [second!, first!] });
  const image = await openImage(repository, swapped);
  await assert.rejects(
    async () => collect(await image.layers[0]!.uncompressed(), { maxBytes: 1 << 20, what: 'layer' }),
    fails('DIGEST_MISMATCH'),
  );
});

test('writeImage() gives equal bytes for equal options', async () => {
  const [one, two] = [createMemoryRepository(), createMemoryRepository()];
  const digests = [await sampleImage(one), await sampleImage(two)];
  assert.equal(digests[0]?.digest, digests[1]?.digest);
  const bytes = await get(one.content, digests[0]!, { maxBytes: 1 << 20 });
  assert.equal(bytes[0], 0x7b);
});
