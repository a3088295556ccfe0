import assert from 'node:assert/strict';
import { test } from 'node:test';
import { isLadingError } from '@lading/errors';
import { type Image, openImage, writeImage, writeLayer } from '@lading/image';
import type { Descriptor, Digest } from '@lading/oci';
import { createMemoryRepository, type Repository } from '@lading/store';
import { type TarEntryInput, writeTar } from '@lading/tar';
import { temporaryFolder } from '@lading/testkit';
import type { SecretScanner } from '../secrets/secret-scanner.ts';
import { openFactFolder } from './fact-folder.ts';
import { type FactsOfImageOptions, factsOfImage, type LayerProgress } from './facts-of-image.ts';
import { entry, lineCataloger } from './testing/made-layer.ts';

const { file, remove } = entry;
const catalogers = [lineCataloger];
const blind: SecretScanner = { byName: () => [], begin: () => undefined };

/** A repository that counts how often each content was opened. */
function counted(): { readonly repository: Repository; readonly opened: Map<Digest, number> } {
  const repository = createMemoryRepository();
  const opened = new Map<Digest, number>();
  const open: Repository['content']['open'] = (target, io) => {
    const digest = typeof target === 'string' ? target : target.digest;
    opened.set(digest, (opened.get(digest) ?? 0) + 1);
    return repository.content.open(target, io);
  };
  return { repository: { ...repository, content: { ...repository.content, open } }, opened };
}

async function imageOf(
  repository: Repository,
  layers: readonly (readonly TarEntryInput[])[],
  change: (layers: Descriptor[]) => Descriptor[] = (same) => same,
): Promise<Image> {
  const written = [];
  for (const [at, entries] of layers.entries()) {
    written.push(await writeLayer(repository, writeTar(entries), { compression: at % 2 === 0 ? 'gzip' : 'zstd' }));
  }
  const config = {
    os: 'linux',
    architecture: 'amd64',
    rootfs: { type: 'layers' as const, diff_ids: written.map(({ diffId }) => diffId) },
    history: written.map((_, at) => ({ created_by: `RUN step ${at}` })),
  };
  const descriptors = change(written.map(({ descriptor }) => descriptor));
  return openImage(repository, await writeImage(repository, { config, layers: descriptors }));
}

test('factsOfImage() unites what the layers have, with the instruction of each', async () => {
  const { repository } = counted();
  const image = await imageOf(repository, [
    [file('a', 'package a 1'), file('b', 'package b 1')],
    [remove('a'), file('c', 'package c 1')],
  ]);
  const facts = await factsOfImage(image, { catalogers });
  assert.deepEqual(
    facts.packages.map(({ purl, layer, location }) => [purl, layer, location]),
    [
      ['pkg:generic/b@1', 0, 'b'],
      ['pkg:generic/c@1', 1, 'c'],
    ],
  );
  assert.equal(facts.digest, image.descriptor.digest);
  assert.equal(facts.platform, 'linux/amd64');
  assert.deepEqual(
    facts.layers.map(({ digest, instruction }) => [digest, instruction]),
    image.layers.map(({ descriptor }, at) => [descriptor.digest, `RUN step ${at}`]),
  );
  assert.equal(facts.secrets, undefined);
});

test('factsOfImage() reads each layer once in its life, for whatever image', async (t) => {
  const { repository, opened } = counted();
  const store = openFactFolder(await temporaryFolder(t));
  const base = [file('a', 'package a 1')];
  const one = await imageOf(repository, [base, [file('b', 'package b 1')], base]);
  const two = await imageOf(repository, [base, [file('c', 'package c 1')]]);
  const reads = (image: Image): (number | undefined)[] =>
    image.layers.map(({ descriptor }) => opened.get(descriptor.digest));
  opened.clear();
  const first = await factsOfImage(one, { catalogers, store });
  assert.deepEqual(reads(one), [1, 1, 1], 'also a layer that is there twice');
  await factsOfImage(two, { catalogers, store });
  assert.deepEqual(reads(two), [1, 1]);
  opened.clear();
  assert.deepEqual(await factsOfImage(one, { catalogers, store }), first);
  assert.deepEqual(reads(one), [undefined, undefined, undefined]);
});

test('factsOfImage() reads again when secrets are asked for that nobody looked for, and then never', async (t) => {
  const { repository, opened } = counted();
  const store = openFactFolder(await temporaryFolder(t));
  const image = await imageOf(repository, [[file('a', 'package a 1')]]);
  const digest = image.layers[0]!.descriptor.digest;
  opened.clear();
  await factsOfImage(image, { catalogers, store });
  const withSecrets: FactsOfImageOptions = { catalogers, store, secretScanner: () => blind };
  assert.deepEqual((await factsOfImage(image, withSecrets)).secrets, []);
  assert.deepEqual((await factsOfImage(image, withSecrets)).secrets, []);
  assert.equal((await factsOfImage(image, { catalogers, store })).secrets, undefined);
  assert.equal(opened.get(digest), 2);
});

test('factsOfImage() says what came with a base image, also of facts that were kept before it was known', async (t) => {
  const { repository } = counted();
  const store = openFactFolder(await temporaryFolder(t));
  const base = await imageOf(repository, [[file('a', 'package a 1')]]);
  const image = await imageOf(repository, [[file('a', 'package a 1')], [file('b', 'package b 1')]]);
  const bases = async (options: FactsOfImageOptions): Promise<(string | undefined)[]> =>
    (await factsOfImage(image, { catalogers, store, ...options })).packages.map((found) => found.base?.name);
  assert.deepEqual(await bases({}), [undefined, undefined]);
  const { digest } = base.descriptor;
  const knownImages = [{ digest, name: 'example.org/base:1', diffIds: base.config.rootfs.diff_ids }];
  assert.deepEqual(await bases({ knownImages }), ['example.org/base:1', undefined]);
  assert.deepEqual(await bases({}), [undefined, undefined]);
});

test('factsOfImage() tells how far it is, in bytes of each layer', async () => {
  const { repository } = counted();
  const image = await imageOf(repository, [[file('a', 'x'.repeat(9000))], [file('b', 'package b 1')]]);
  const progress: LayerProgress[] = [];
  await factsOfImage(image, { catalogers, onProgress: (one) => progress.push(one) });
  for (const [layer, { descriptor }] of image.layers.entries()) {
    const { digest, size } = descriptor;
    assert.deepEqual(
      progress.findLast((one) => one.layer === layer),
      { layer, digest, bytes: size, size },
    );
  }
});

test('factsOfImage() passes over layers that are not distributed, with a warning', async () => {
  const { repository } = counted();
  const image = await imageOf(
    repository,
    [[file('a', 'package a 1')], [file('b', 'package b 1')]],
    ([first, ...rest]) => [
      { ...first!, mediaType: 'application/vnd.docker.image.rootfs.foreign.diff.tar.gzip' },
      ...rest,
    ],
  );
  const facts = await factsOfImage(image, { catalogers, secretScanner: () => blind });
  assert.deepEqual(
    facts.packages.map(({ name }) => name),
    ['b'],
  );
  assert.match(facts.warnings[0]?.message ?? '', /is not distributed with the image/);
  assert.deepEqual(facts.secrets, []);
});

test('factsOfImage() fails, and stops reading, when a layer cannot be read, and keeps the facts of those that could', async (t) => {
  const { repository } = counted();
  const store = openFactFolder(await temporaryFolder(t));
  const image = await imageOf(repository, [[file('a', 'package a 1')], [file('b', 'package b 1')]]);
  const { digest } = image.layers[1]!.descriptor;
  await repository.content.delete(digest);
  await assert.rejects(
    factsOfImage(image, { catalogers, store }),
    (error) => isLadingError(error, 'BLOB_NOT_FOUND') && error.message.includes(digest),
  );
});

test('factsOfImage() stops when told', async () => {
  const { repository } = counted();
  const image = await imageOf(repository, [[file('a', 'package a 1')], [file('b', 'package b 1')]]);
  await assert.rejects(factsOfImage(image, { catalogers, signal: AbortSignal.abort() }), (error) =>
    isLadingError(error, 'INTERRUPTED'),
  );
});
