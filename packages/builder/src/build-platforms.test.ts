import assert from 'node:assert/strict';
import { test } from 'node:test';
import { openImage, openIndex } from '@lading/image';
import { formatPlatform, hostPlatform, parsePlatform } from '@lading/oci';
import { workbench } from './testing/workbench.ts';

const both = ['linux/amd64', 'linux/arm64'].map((text) => parsePlatform(text));

const dockerfile = [
  'FROM --platform=$BUILDPLATFORM scratch AS tools',
  'COPY tool /tool',
  'FROM scratch',
  'ARG TARGETARCH',
  'COPY --from=tools /tool /bin/tool',
  'COPY $TARGETARCH.txt /arch',
].join('\n');
const files = { Dockerfile: dockerfile, tool: 'tool', 'amd64.txt': 'amd64', 'arm64.txt': 'arm64' };

test('build() for several platforms makes an index, from which each is opened', async (t) => {
  const bench = await workbench(t);
  const context = await bench.context(files);
  const result = await bench.build(context, {
    platforms: [...both, both[0]!],
    annotations: { on: 'image' },
    indexAnnotations: { on: 'index' },
    descriptorAnnotations: { on: 'descriptor' },
  });
  assert.deepEqual(
    result.images.map(({ platform }) => formatPlatform(platform)),
    ['linux/amd64', 'linux/arm64'],
  );
  const index = await openIndex(bench.output, result.manifest.digest);
  assert.deepEqual(index.index.annotations, { on: 'index' });
  assert.deepEqual(
    index.manifests.map(({ platform, annotations }) => [platform?.architecture, annotations]),
    both.map(({ architecture }) => [architecture, { on: 'descriptor' }]),
  );
  for (const [at, platform] of both.entries()) {
    const image = await openImage(bench.output, result.manifest.digest, { platform });
    assert.equal(image.descriptor.digest, result.images[at]?.manifest.digest);
    assert.equal(image.config.architecture, platform.architecture);
    assert.deepEqual(image.manifest.annotations, { on: 'image' });
  }
});

test('a step that is equal for several platforms runs once', async (t) => {
  const bench = await workbench(t);
  const context = await bench.context(files);
  const { images } = await bench.build(context, { platforms: both });
  const layers = images.map(({ steps }) => steps.map(({ layer }) => layer?.digest));
  assert.equal(layers[0]?.[0], layers[1]?.[0]);
  assert.equal(layers[0]?.[1], layers[1]?.[1]);
  assert.notEqual(layers[0]?.[2], layers[1]?.[2]);
  const written = new Set<string>();
  for await (const { digest } of bench.output.content.list()) written.add(digest);
  // Three layers that differ, two of them for both (one lightly compressed); two configs, two manifests, an index.
  assert.equal(written.size, 4 + 2 + 2 + 1);
  const ids = bench.events.flatMap((event) => (event.kind === 'step-start' ? [event.step] : []));
  assert.equal(new Set(ids).size, ids.length);
});

test('the index is the same with one worker and with four, cold and warm', async (t) => {
  const digests = new Set<string>();
  for (const workers of [1, 4]) {
    const bench = await workbench(t);
    const context = await bench.context(files);
    for (const _ of ['cold', 'warm']) {
      digests.add((await bench.build(context, { platforms: both, workers })).manifest.digest);
    }
  }
  assert.equal(digests.size, 1);
});

test('the image of a platform in an index is the one that is built for it alone', async (t) => {
  const bench = await workbench(t);
  const context = await bench.context(files);
  const { images } = await bench.build(context, { platforms: both });
  const alone = await bench.build(context, { platforms: [both[1]!] });
  assert.equal(alone.manifest.digest, images[1]?.manifest.digest);
});

test('a failure for one platform ends the builds for the others', async (t) => {
  const bench = await workbench(t);
  const { 'arm64.txt': _, ...others } = files;
  const context = await bench.context(others);
  await assert.rejects(bench.build(context, { platforms: both }), /Dockerfile:6/);
  assert.deepEqual(await bench.leftovers(), []);
});

test('without a platform the image is for this machine', async (t) => {
  const bench = await workbench(t);
  const context = await bench.context({ Dockerfile: 'FROM scratch\nCOPY a /\n', a: '' });
  const { platform } = await bench.build(context, { platforms: undefined });
  assert.equal(formatPlatform(platform), formatPlatform(hostPlatform()));
});
