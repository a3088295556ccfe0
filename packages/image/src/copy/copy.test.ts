import assert from 'node:assert/strict';
import { test } from 'node:test';
import { isLadingError } from '@lading/errors';
import { type Descriptor, mediaTypes, parsePlatform } from '@lading/oci';
import {
  createMemoryRepository,
  digestOfTarget,
  openDirectoryStore,
  openOciLayout,
  put,
  type Repository,
} from '@lading/store';
import { temporaryFolder } from '@lading/testkit';
import { openImage } from '../image.ts';
import { sampleImage } from '../internal/sample-image.ts';
import { amd64, arm64, artifact, multi, withContent } from '../testing/sample-repository.ts';
import { writeManifest } from '../write-image.ts';
import { copy } from './copy.ts';
import type { CopyProgress } from './copy-progress.ts';

test('copy() moves an index with everything below it, each content once, and tags it', async () => {
  const [source, target] = [createMemoryRepository('a'), createMemoryRepository('b')];
  const { index } = await multi(source);
  const opened: string[] = [];
  const watched = withContent(source, {
    open: (blob, io) => {
      opened.push(digestOfTarget(blob));
      return source.content.open(blob, io);
    },
  });
  const result = await copy(watched, target, { from: 'multi', to: 'there' });
  assert.equal(result.descriptor.digest, index.digest);
  assert.equal((await target.references.resolve('there'))?.digest, index.digest);
  assert.equal(new Set(opened).size, opened.length, 'nothing was read twice');
  assert.deepEqual(result.contents, { copied: 11, mounted: 0, present: 0, skipped: 0 });
  for (const platform of [amd64, arm64]) assert.ok(await openImage(target, 'there', { platform }));
  const again = await copy(source, target, { from: 'multi', to: 'again' });
  assert.deepEqual(again.contents.copied, 0);
  assert.equal(again.transferredBytes, 0);
});

test('copy() between directory, OCI layout and memory keeps every byte', async (t) => {
  const memory = createMemoryRepository();
  const { index } = await multi(memory);
  const layout = await openOciLayout(await temporaryFolder(t), { create: true });
  const directory = { ...createMemoryRepository('dir'), content: await openDirectoryStore(await temporaryFolder(t)) };
  await copy(memory, layout, { from: 'multi', to: 'v1' });
  await copy(layout, directory, { from: 'v1', to: 'v2' });
  const back = createMemoryRepository();
  await copy(directory, back, { from: 'v2' });
  assert.equal((await back.references.resolve(index.digest))?.digest, index.digest);
  assert.deepEqual(
    (await Array.fromAsync(back.content.list())).map((blob) => blob.digest).sort(),
    (await Array.fromAsync(memory.content.list())).map((blob) => blob.digest).sort(),
  );
});

test('copy() of one platform copies and tags that image itself', async () => {
  const [source, target] = [createMemoryRepository(), createMemoryRepository()];
  const { images } = await multi(source);
  const result = await copy(source, target, { from: 'multi', to: 'arm', platforms: [arm64] });
  assert.equal(result.descriptor.digest, images[1]?.digest);
  assert.equal((await target.references.resolve('arm'))?.digest, images[1]?.digest);
  assert.equal(await target.content.stat(images[0]!), undefined);
});

test('copy() of several platforms keeps the index and leaves the others out', async () => {
  const [source, target] = [createMemoryRepository(), createMemoryRepository()];
  const { index, images } = await multi(source);
  const result = await copy(source, target, { from: 'multi', platforms: [arm64, amd64] });
  assert.equal(result.descriptor.digest, index.digest);
  assert.ok(await target.content.stat(images[0]!));
  assert.ok(await target.content.stat(images[1]!));
  assert.equal(await target.content.stat(images[2]!), undefined);
  await assert.rejects(
    copy(target, createMemoryRepository(), { from: index.digest }),
    (error) => isLadingError(error, 'COPY_FAILED') && /name their platforms/.test(error.hint ?? ''),
  );
  await copy(target, createMemoryRepository(), { from: index.digest, platforms: [arm64, amd64] });
});

test('copy() refuses an absent reference or platform before anything moves', async () => {
  const [source, target] = [createMemoryRepository(), createMemoryRepository()];
  await multi(source);
  await assert.rejects(copy(source, target, { from: 'none' }), (error) => isLadingError(error, 'REFERENCE_NOT_FOUND'));
  const ppc = parsePlatform('linux/ppc64le');
  for (const platforms of [[ppc], [amd64, ppc]]) {
    await assert.rejects(copy(source, target, { from: 'multi', platforms }), (error) =>
      isLadingError(error, 'PLATFORM_UNMATCHED'),
    );
  }
  assert.deepEqual(await Array.fromAsync(target.content.list()), []);
});

test('copy() with referrers follows them, and what refers to them', async () => {
  const [source, target] = [createMemoryRepository(), createMemoryRepository()];
  const { index, images } = await multi(source);
  const sbom = await artifact(source, images[1]!, 'sbom');
  const signature = await artifact(source, sbom, 'signature of the sbom');
  const attestation = await artifact(source, index, 'attestation');
  const plain = await copy(source, target, { from: 'multi' });
  assert.deepEqual(plain.referrers, []);
  assert.equal(await target.references.resolve(sbom.digest), undefined);
  const result = await copy(source, target, { from: 'multi', referrers: true });
  assert.deepEqual(
    result.referrers.map((referrer) => referrer.digest).sort(),
    [sbom.digest, signature.digest, attestation.digest].sort(),
  );
  const [found] = await Array.fromAsync(target.references.referrers(sbom.digest));
  assert.equal(found?.digest, signature.digest);
});

test('copy() mounts between repositories of one service and copies where it cannot', async () => {
  const service = createMemoryRepository();
  const asked: [string, string][] = [];
  const mounts = (name: string, mountable: boolean): Repository => {
    const repository = createMemoryRepository(name);
    const mount = async (blob: Descriptor, from: string): Promise<boolean> => {
      asked.push([name, from]);
      if (!mountable) return false;
      await put(repository.content, await service.content.open(blob), blob);
      return true;
    };
    return withContent(repository, { mount });
  };
  const image = await sampleImage(service);
  const source = { ...mounts('registry.example.org/team/app', false), references: service.references };
  const readable = { ...source, content: { ...service.content, mount: source.content.mount! } };
  const willing = await copy(readable, mounts('registry.example.org/prod/app', true), { from: image });
  assert.deepEqual(willing.contents, { copied: 1, mounted: 3, present: 0, skipped: 0 });
  assert.ok(asked.every(([, from]) => from === 'team/app'));
  asked.length = 0;
  const unwilling = await copy(readable, mounts('registry.example.org/x', false), { from: image });
  assert.deepEqual(unwilling.contents, { copied: 4, mounted: 0, present: 0, skipped: 0 });
  assert.equal(asked.length, 3);
  asked.length = 0;
  await copy(readable, mounts('other.example.org/x', true), { from: image });
  assert.deepEqual(asked, [], 'another service is not asked');
});

test('copy() leaves out a foreign layer that the source does not have', async () => {
  const [source, target] = [createMemoryRepository(), createMemoryRepository()];
  const { manifest } = await openImage(source, await sampleImage(source));
  const foreign = {
    ...manifest.layers[0]!,
    mediaType: mediaTypes.ociForeignLayerGzip,
    urls: ['https://example.org/l'],
  };
  const image = await writeManifest(source, { ...manifest, layers: [foreign, manifest.layers[1]!] });
  await source.content.delete(foreign.digest);
  assert.equal((await copy(source, target, { from: image })).contents.skipped, 1);
});

test('copy() reports progress that adds up', async () => {
  const [source, target] = [createMemoryRepository(), createMemoryRepository()];
  await multi(source);
  const steps: CopyProgress[] = [];
  await copy(source, target, { from: 'multi', onProgress: (progress) => steps.push(progress) });
  const last = steps.at(-1)!;
  assert.equal(last.transferredBytes, last.totalBytes);
  assert.equal(steps.filter((step) => step.state === 'copied').length, 11);
  assert.deepEqual([...new Set(steps.map((step) => step.kind))].sort(), ['config', 'layer', 'manifest']);
  assert.ok(steps.every((step) => step.offset <= step.size && step.transferredBytes <= step.totalBytes));
});
