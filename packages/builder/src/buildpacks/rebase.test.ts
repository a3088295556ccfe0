import assert from 'node:assert/strict';
import { test } from 'node:test';
import { isLadingError } from '@lading/errors';
import { type Image, layerOf, openImage, writeImage, writeLayer } from '@lading/image';
import type { ImageConfig } from '@lading/oci';
import { createMemoryRepository, type Repository } from '@lading/store';
import { writeTar } from '@lading/tar';
import { fileEntry } from './folder-entries.ts';
import { labels, readLifecycleMetadata } from './metadata.ts';
import { isBuildpacksImage, rebaseBuildpacksImage } from './rebase.ts';

const name = 'registry.example.org/run:base';

/** An image with one layer for each text. */
async function imageOf(
  output: Repository,
  texts: readonly string[],
  of: { readonly labels?: Record<string, string>; readonly config?: Partial<ImageConfig> } = {},
): Promise<Image> {
  const layers = [];
  for (const text of texts) {
    const written = await writeLayer(output, writeTar([fileEntry(text, { uid: 0, gid: 0 }, text)]));
    layers.push(layerOf(output.content, written.descriptor, written.diffId));
  }
  const manifest = await writeImage(output, {
    config: {
      ...{ os: 'linux', architecture: 'amd64', config: { Labels: of.labels ?? {} } },
      rootfs: { type: 'layers', diff_ids: layers.map(({ diffId }) => diffId) },
      history: texts.map((created_by) => ({ created_by })),
      ...of.config,
    },
    layers: layers.map(({ descriptor }) => descriptor),
  });
  return openImage(output, manifest);
}

const base = (version: string) => ({
  'io.buildpacks.base.distro.name': 'alpine',
  'io.buildpacks.base.released': version,
});

async function appOn(output: Repository, run: Image, more: Record<string, string> = {}): Promise<Image> {
  const runImage = { topLayer: run.layers.at(-1)?.diffId, reference: 'x', image: name, mirrors: [] };
  const metadata = JSON.stringify({ app: [{ sha: 'sha256:1' }], buildpacks: [], runImage, stack: { runImage } });
  const texts = [...run.layers.map((_, index) => `run ${index}`), 'app', 'launcher'];
  return imageOf(output, texts, { labels: { ...base('1'), [labels.lifecycle]: metadata, kept: 'yes', ...more } });
}

test('the layers of the run image are replaced, by manifest work alone, and its labels with them', async () => {
  const output = createMemoryRepository();
  const old = await imageOf(output, ['run 0', 'run 1'], { labels: base('1') });
  const app = await appOn(output, old);
  const runImage = await imageOf(output, ['new 0', 'new 1', 'new 2'], { labels: base('2') });
  assert.ok(isBuildpacksImage(app) && !isBuildpacksImage(runImage));
  const { content } = output;
  const unread = { ...output, content: { ...content, open: () => assert.fail('a layer was read') } } as Repository;
  const rebase = () =>
    rebaseBuildpacksImage(unread, {
      image: app,
      runImage,
      runImageName: `${name}@${runImage.descriptor.digest}`,
      epoch: 1,
    });

  const manifest = await rebase();
  assert.equal((await rebase()).digest, manifest.digest);
  const rebased = await openImage(output, manifest);
  assert.deepEqual(
    rebased.layers.map(({ diffId }) => diffId),
    [...runImage.layers, ...app.layers.slice(2)].map(({ diffId }) => diffId),
  );
  assert.deepEqual(
    rebased.config.history?.map((entry) => entry.created_by),
    ['new 0', 'new 1', 'new 2', 'app', 'launcher'],
  );
  const all = rebased.config.config?.Labels;
  assert.deepEqual([all?.['io.buildpacks.base.released'], all?.kept], ['2', 'yes']);
  const metadata = readLifecycleMetadata(all);
  assert.equal(metadata?.runImage.topLayer, runImage.layers.at(-1)?.diffId);
  assert.equal(metadata?.runImage.reference, `registry.example.org/run@${runImage.descriptor.digest}`);
  assert.deepEqual([metadata?.runImage.image, metadata?.app], [name, [{ sha: 'sha256:1' }]]);
});

test('what is not safe is refused with the reason, and done when forced', async () => {
  const output = createMemoryRepository();
  const old = await imageOf(output, ['run 0'], { labels: base('1') });
  const app = await appOn(output, old);
  const refused = (request: Parameters<typeof rebaseBuildpacksImage>[1], reason: RegExp) =>
    assert.rejects(
      rebaseBuildpacksImage(output, request),
      (error) => isLadingError(error, 'REBASE_REFUSED') && reason.test(error.message),
    );
  const runImage = await imageOf(output, ['new 0'], { labels: base('2') });
  const pinned = await appOn(output, old, { [labels.rebasable]: 'false' });
  await refused({ image: pinned, runImage, runImageName: name }, /label io.buildpacks.rebasable says "false"/);
  const arm = await imageOf(output, ['arm'], { config: { architecture: 'arm64' } });
  await refused(
    { image: app, runImage: arm, runImageName: name },
    /it is for linux\/amd64 alpine, the new run image for linux\/arm64/,
  );
  const debian = await imageOf(output, ['debian'], { labels: { 'io.buildpacks.base.distro.name': 'debian' } });
  await refused({ image: app, runImage: debian, runImageName: name }, /linux\/amd64 debian/);
  const other = 'registry.example.org/other:base';
  await refused(
    { image: app, runImage, runImageName: other },
    /it was built on registry.example.org\/run:base, not on/,
  );
  await refused({ image: old, runImage, runImageName: name, force: true }, /it was not built by buildpacks/);
  await refused(
    { image: await appOn(output, arm), runImage, runImageName: name, force: true },
    /no layer of it is the top layer/,
  );

  const forced = await openImage(
    output,
    await rebaseBuildpacksImage(output, { image: app, runImage: arm, runImageName: other, force: true }),
  );
  assert.equal(forced.config.architecture, 'arm64');
  assert.equal(readLifecycleMetadata(forced.config.config?.Labels)?.runImage.image, other);
});
