import assert from 'node:assert/strict';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { gzipSync, zstdCompressSync } from 'node:zlib';
import { collect, fromBuffer } from '@lading/bytes';
import { isLadingError } from '@lading/errors';
import { type Descriptor, type Digest, parsePlatform, referrersTag } from '@lading/oci';
import {
  createMemoryReferences,
  createMemoryRepository,
  openDirectoryStore,
  put,
  type Repository,
} from '@lading/store';
import { temporaryFolder } from '@lading/testkit';
import { openArchive } from '../archive/open-archive.ts';
import { saveOciArchive } from '../archive/save-oci-archive.ts';
import { copy } from '../copy/copy.ts';
import { openImage } from '../image.ts';
import { sampleArtifact } from '../internal/sample-artifact.ts';
import { sampleFamily } from '../internal/sample-family.ts';
import { sampleImage } from '../internal/sample-image.ts';
import { type BundlePlan, type PlanBundleOptions, planBundle, writeBundle } from './plan-bundle.ts';
import { type StagedBundle, stageBundle } from './stage-bundle.ts';
import { trustFile } from './trust-file.ts';

const repositoryName = 'example.org/team/app';
const name = `${repositoryName}:1.0`;

async function plan(source: Repository, options: PlanBundleOptions = {}): Promise<BundlePlan> {
  return planBundle([{ repository: source, from: '1.0', names: [name], repositoryName }], options);
}

async function bundle(source: Repository, options: PlanBundleOptions = {}): Promise<Buffer> {
  return collect(writeBundle(await plan(source, options)), { maxBytes: 1 << 20, what: 'bundle' });
}

async function emptyHome(t: TestContext): Promise<Repository> {
  const content = await openDirectoryStore(await temporaryFolder(t));
  return { name: 'here', content, references: createMemoryReferences() };
}

async function stage(bytes: Uint8Array, { content }: Pick<Repository, 'content'>): Promise<StagedBundle> {
  return stageBundle(fromBuffer(bytes), { where: 'b.tar', content });
}

const digests = (descriptors: readonly Descriptor[]): Digest[] => descriptors.map(({ digest }) => digest).sort();

test('a bundle carries an index with its referrers, companion tags and trust material to another store', async (t) => {
  const source = createMemoryRepository();
  const { index, images, sbom, sbomSignature, signature, list } = await sampleFamily(source);
  const trust = [trustFile('cosign.pub', Buffer.from('-----BEGIN PUBLIC KEY-----\n'))];
  const bytes = await bundle(source, { trust });

  const target = await emptyHome(t);
  const staged = await stage(bytes, target);
  assert.deepEqual(await Array.fromAsync(target.content.list()), [], 'nothing is visible yet');
  const { manifests, parts } = staged.contents;
  assert.deepEqual(manifests.map(({ kind }) => kind).sort(), [
    'companion',
    'companion',
    'image',
    'referrer',
    'referrer',
    'trust',
  ]);
  assert.ok(staged.proven);
  const published = await staged.publish([{ image: index.digest, repository: target, tag: '1.0' }]);
  await staged.discard();

  assert.deepEqual(
    published.map(({ tag }) => tag).sort(),
    ['1.0', `${referrersTag(index.digest)}.sig`, referrersTag(images[0]!.digest)].sort(),
  );
  assert.equal(published.at(-1)?.tag, '1.0', 'the image comes last');
  assert.equal((await target.references.resolve(`${referrersTag(index.digest)}.sig`))?.digest, signature.digest);
  assert.equal((await target.references.resolve(referrersTag(images[0]!.digest)))?.digest, list.digest);
  const referrersOf = (digest: Digest) => Array.fromAsync(target.references.referrers(digest));
  assert.deepEqual(digests(await referrersOf(images[0]!.digest)), [sbom.digest]);
  assert.deepEqual(digests(await referrersOf(sbom.digest)), [sbomSignature.digest]);
  assert.equal((await referrersOf(index.digest))[0]?.artifactType, 'application/vnd.lading.trust.v1');
  const key = await target.content.open(staged.trustFiles.get('cosign.pub')!);
  assert.match(String(await collect(key, { maxBytes: 100, what: 'key' })), /PUBLIC KEY/);
  for (const platform of ['linux/amd64', 'linux/arm64'].map(parsePlatform)) {
    for (const layer of (await openImage(target, '1.0', { platform })).layers) {
      await collect(await layer.uncompressed(), { maxBytes: 1 << 20, what: 'layer' });
    }
  }
  assert.deepEqual(
    digests(await Array.fromAsync(target.content.list(), ({ digest, size }) => ({ digest, size, mediaType: '' }))),
    digests(parts),
  );
  assert.deepEqual(
    await Array.fromAsync((target.content as Awaited<ReturnType<typeof openDirectoryStore>>).leases()),
    [],
  );
});

test('equal content makes equal bytes, from any store and in any order', async (t) => {
  const source = createMemoryRepository();
  const { index } = await sampleFamily(source);
  const target = await emptyHome(t);
  const first = await bundle(source);
  const staged = await stage(first, target);
  await staged.publish([{ image: index.digest, repository: target, tag: '1.0' }]);
  assert.ok(first.equals(await bundle(target)));

  const other = await sampleImage(source, { texts: ['other'] });
  const files = ['b', 'a'].map((file) => trustFile(file, Buffer.from(file)));
  const images = [
    { repository: source, from: '1.0', names: [name], repositoryName },
    { repository: source, from: other, names: ['app:2'], repositoryName: 'app' },
  ];
  const [one, two] = await Promise.all([
    collect(writeBundle(await planBundle(images, { trust: files })), { maxBytes: 1 << 20, what: 'bundle' }),
    collect(writeBundle(await planBundle(images.toReversed(), { trust: files.toReversed() })), {
      maxBytes: 1 << 20,
      what: 'bundle',
    }),
  ]);
  assert.ok(one.equals(two));
});

test('planBundle() lists every part of what writeBundle() writes', async () => {
  const source = createMemoryRepository();
  await sampleFamily(source);
  const { contents } = await plan(source);
  const staged = await stageBundle(fromBuffer(await bundle(source)), { where: 'b.tar' });
  assert.deepEqual(digests(contents.parts), digests(staged.contents.parts));
  assert.equal(contents.bytes, staged.contents.bytes);
  assert.deepEqual(
    contents.manifests.map(({ kind, names, subject, descriptor }) => ({
      kind,
      names,
      subject,
      digest: descriptor.digest,
    })),
    staged.contents.manifests.map(({ kind, names, subject, descriptor }) => ({
      kind,
      names,
      subject,
      digest: descriptor.digest,
    })),
  );
});

test('chosen platforms keep the index, so that its signature still holds, and say what is left out', async (t) => {
  const source = createMemoryRepository();
  const { index, images } = await sampleFamily(source);
  const arm64 = parsePlatform('linux/arm64');
  const target = await emptyHome(t);
  const staged = await stage(await bundle(source, { platforms: [arm64] }), target);
  assert.ok(staged.proven);
  assert.deepEqual(staged.contents.absent, [images[0]!.digest]);
  await staged.publish([{ image: index.digest, repository: target, tag: '1.0' }]);
  assert.equal((await openImage(target, '1.0', { platform: arm64 })).descriptor.digest, images[1]!.digest);
  await assert.rejects(plan(source, { platforms: [parsePlatform('linux/s390x')] }), (error) =>
    isLadingError(error, 'PLATFORM_UNMATCHED'),
  );
  await assert.rejects(
    plan(target),
    (error) => isLadingError(error, 'BLOB_NOT_FOUND') && /platforms/.test(error.hint ?? ''),
  );
});

test('importing twice is harmless, writes nothing again, and a tag that is moved says where it was', async (t) => {
  const source = createMemoryRepository();
  const { index } = await sampleFamily(source);
  const target = await emptyHome(t);
  const before = await sampleImage(target, { texts: ['before'] });
  await target.references.tag('1.0', before);
  const placements = [{ image: index.digest, repository: target, tag: '1.0' }];
  const bytes = await bundle(source);
  const first = await (await stage(bytes, target)).publish(placements);
  assert.equal(first.at(-1)?.previous?.digest, before.digest);
  const begun: unknown[] = [];
  const watched = Object.assign(Object.create(target.content), {
    begin: async (options: unknown) => begun.push(options),
    stat: target.content.stat.bind(target.content),
    lease: target.content.lease.bind(target.content),
  });
  const again = await stage(bytes, { content: watched });
  const second = await again.publish(placements);
  await again.discard();
  assert.ok(second.every(({ previous }) => previous === undefined));
  assert.deepEqual(begun, []);
});

test('a tag that someone else moves during the import is left alone', async (t) => {
  const source = createMemoryRepository();
  const { index } = await sampleFamily(source);
  const target = await emptyHome(t);
  const theirs = await sampleImage(target, { texts: ['theirs'] });
  const record = target.references.record.bind(target.references);
  const racing = {
    ...target.references,
    record: async (...args: Parameters<typeof record>) => {
      await record(...args);
      await target.references.tag('1.0', theirs);
    },
  };
  const staged = await stage(await bundle(source), target);
  await assert.rejects(
    staged.publish([{ image: index.digest, repository: { ...target, references: racing }, tag: '1.0' }]),
    (error) => isLadingError(error, 'REFERENCE_MOVED'),
  );
  assert.equal((await target.references.resolve('1.0'))?.digest, theirs.digest);
});

test('an archive of another program imports; what it cannot prove is said', async (t) => {
  const source = createMemoryRepository();
  const { index, sbom, signature } = await sampleFamily(source);
  const archive = await collect(saveOciArchive(source, [{ from: '1.0', names: ['app:1.0'] }], { referrers: true }), {
    maxBytes: 1 << 20,
    what: 'archive',
  });
  for (const bytes of [archive, gzipSync(archive), zstdCompressSync(archive)]) {
    const target = await emptyHome(t);
    const staged = await stage(bytes, target);
    assert.equal(staged.proven, false);
    assert.deepEqual(
      staged.contents.manifests.map(({ kind }) => kind),
      ['image', 'companion', 'referrer', 'referrer'],
    );
    await staged.publish([{ image: index.digest, repository: target, tag: 'x' }]);
    assert.equal((await target.references.resolve(sbom.digest))?.digest, sbom.digest);
    const tag = `${referrersTag(index.digest)}.sig`;
    assert.equal((await target.references.resolve(tag))?.digest, signature.digest, "cosign's tag came along");
  }
});

test('a bundle is an archive like any other to openArchive() and copy()', async (t) => {
  const source = createMemoryRepository();
  const { index } = await sampleFamily(source);
  const path = join(await temporaryFolder(t), 'b.tar');
  await writeFile(path, await bundle(source));
  const archive = await openArchive(path);
  assert.deepEqual(archive.images[0]?.names, [name]);
  const target = createMemoryRepository();
  const { referrers } = await copy(archive.repository, target, { from: name, to: '1.0', referrers: true });
  assert.equal((await target.references.resolve('1.0'))?.digest, index.digest);
  assert.ok(referrers.length >= 2);
  await archive.close();
});

test('content that nothing in the archive points to is not published, nor what belongs to nobody', async (t) => {
  const source = createMemoryRepository();
  const lonely = await sampleArtifact(source, 'lonely', {
    subject: {
      mediaType: 'application/vnd.oci.image.manifest.v1+json',
      digest: (await put(source.content, Buffer.from('gone'))).digest,
      size: 4,
    },
  });
  const image = await sampleImage(source);
  const archive = await collect(saveOciArchive(source, [{ from: image, names: ['app:1'] }, { from: lonely }]), {
    maxBytes: 1 << 20,
    what: 'archive',
  });
  const target = await emptyHome(t);
  const staged = await stage(archive, target);
  await staged.publish([{ image: image.digest, repository: target, tag: '1' }]);
  await staged.discard();
  assert.equal(await target.content.stat(lonely), undefined);
  assert.equal(await target.references.resolve(lonely.digest), undefined);
});
