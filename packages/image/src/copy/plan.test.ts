import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Descriptor } from '@lading/oci';
import { createMemoryRepository, type Repository } from '@lading/store';
import { sampleImage } from '../internal/sample-image.ts';
import { fileTree, tarOf, updated } from '../seekable/testing/file-tree.ts';
import { writeImage } from '../write-image.ts';
import { writeLayer } from '../write-layer.ts';
import { copy } from './copy.ts';
import { type CopyPlan, planCopy } from './plan.ts';

const platform = { os: 'linux', architecture: 'amd64' };

async function imageOf(repository: Repository, trees: Parameters<typeof tarOf>[0][]): Promise<Descriptor> {
  const layers = [];
  for (const tree of trees) layers.push(await writeLayer(repository, tarOf(tree)));
  const config = { ...platform, rootfs: { type: 'layers', diff_ids: layers.map(({ diffId }) => diffId) } } as const;
  return writeImage(repository, { config, layers: layers.map(({ descriptor }) => descriptor) });
}

function outcomes({ contents }: CopyPlan): string[] {
  return contents.map(({ kind, outcome }) => `${kind} ${outcome}`);
}

test('planCopy() says what is there, what moves whole and what moves in part, and moves nothing', async () => {
  const [source, target] = [createMemoryRepository('a'), createMemoryRepository('b')];
  const tree = fileTree(60);
  const base = fileTree(3, 7);
  const before = await imageOf(source, [base, tree]);
  await copy(source, target, { from: before, to: 'app' });
  const from = await imageOf(source, [base, updated(tree), fileTree(60, 3)]);
  const held = await Array.fromAsync(target.content.list());
  const layers = (await Array.fromAsync(target.content.list())).map(({ digest, size }) => ({ digest, size }));
  const mediaType = 'application/vnd.oci.image.layer.v1.tar+gzip';
  const similar = async function* () {
    for (const layer of layers) yield { ...layer, mediaType };
  };
  const plan = await planCopy(source, target, { from, similar });
  assert.deepEqual(outcomes(plan), ['manifest whole', 'config whole', 'layer present', 'layer partial', 'layer whole']);
  const partial = plan.contents[3]!;
  assert.ok(partial.wireBytes < partial.size / 3 && partial.reusedBytes > partial.size / 2, JSON.stringify(partial));
  assert.equal(plan.contents[4]?.wireBytes, plan.contents[4]?.size);
  assert.deepEqual(await Array.fromAsync(target.content.list()), held);
  assert.deepEqual(outcomes(await planCopy(source, target, { from: before })), [
    'manifest present',
    ...['config present', 'layer present', 'layer present'],
  ]);
});

test('planCopy() plans what refers to an image where asked', async () => {
  const [source, target] = [createMemoryRepository('a'), createMemoryRepository('b')];
  const image = await sampleImage(source);
  const layer = await writeLayer(source, tarOf(fileTree(1)));
  const config = { ...platform, rootfs: { type: 'layers', diff_ids: [layer.diffId] } } as const;
  const referrer = await writeImage(source, { config, layers: [layer.descriptor], subject: image });
  const digests = async (referrers: boolean) =>
    (await planCopy(source, target, { from: image, referrers })).contents.map(({ digest }) => digest);
  assert.ok(!(await digests(false)).includes(referrer.digest));
  assert.ok((await digests(true)).includes(referrer.digest));
  assert.equal((await digests(true)).length, (await digests(false)).length + 3);
});
