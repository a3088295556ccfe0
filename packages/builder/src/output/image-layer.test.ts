import assert from 'node:assert/strict';
import { test } from 'node:test';
import { fromBuffer } from '@lading/bytes';
import { openImage, writeImage, writeLayer } from '@lading/image';
import { mediaTypes } from '@lading/oci';
import { writeTar } from '@lading/tar';
import { linux, workbench } from '../testing/workbench.ts';
import type { LayerCompression } from './layer-compression.ts';

const dockerfile = 'FROM scratch AS files\nCOPY a /x/a\nFROM scratch\nCOPY --from=files /x /y\nCOPY b /b\n';
const files = { Dockerfile: dockerfile, a: 'a'.repeat(100_000), b: 'b'.repeat(100_000) };
const mediaTypesOf = { gzip: mediaTypes.ociLayerGzip, zstd: mediaTypes.ociLayerZstd, none: mediaTypes.ociLayer };

test('every compression gives the same image from an empty cache, from one that another left, and on any number of workers', async (t) => {
  const compressions: readonly LayerCompression[] = [
    { compression: 'gzip' },
    { compression: 'gzip', level: 9 },
    { compression: 'zstd' },
    { compression: 'none' },
    { compression: 'estargz' },
  ];
  const shared = await workbench(t);
  const context = await shared.context(files);
  const cold = new Map<LayerCompression, string>();
  for (const compression of compressions) {
    const alone = await workbench(t);
    const result = await alone.build(context, { compression, workers: 1 });
    cold.set(compression, result.manifest.digest);
    const type = compression.compression === 'estargz' ? 'gzip' : compression.compression;
    assert.ok(result.layers.every(({ mediaType }) => mediaType === mediaTypesOf[type]));
  }
  assert.equal(new Set(cold.values()).size, compressions.length);
  for (const compression of [...compressions, ...compressions]) {
    const result = await shared.build(context, { compression, workers: 4 });
    assert.equal(result.manifest.digest, cold.get(compression), JSON.stringify(compression));
  }
  assert.equal(shared.events.filter((event) => event.kind === 'step-end' && !event.cached).length, 3);
});

test('eStargz layers say in the manifest what verifies their table, and have what other layers have', async (t) => {
  const bench = await workbench(t);
  const context = await bench.context(files);
  const plain = await bench.build(context);
  const result = await bench.build(context, { compression: { compression: 'estargz' } });
  for (const { annotations } of result.layers)
    assert.match(annotations?.['containerd.io/snapshot/stargz/toc.digest'] ?? '', /^sha256:/);
  const { 'stargz.index.json': table, ...shown } = await bench.files(result);
  assert.ok(table !== undefined);
  assert.deepEqual(shown, await bench.files(plain));
});

test('layers of the base stay, unless they are forced', async (t) => {
  const bench = await workbench(t);
  const header = { path: 'base', type: 'file', mode: 0o644, uid: 0, gid: 0, mtime: 0, size: 4 } as const;
  const layer = await writeLayer(bench.output, writeTar([{ ...header, content: fromBuffer('base') }]));
  const base = await writeImage(bench.output, {
    config: { ...linux, rootfs: { type: 'layers', diff_ids: [layer.diffId] } },
    layers: [layer.descriptor],
  });
  bench.images.set('base', await openImage(bench.output, base.digest, { platform: linux }));
  const context = await bench.context({ Dockerfile: 'FROM base\nCOPY a /a\n', a: 'a' });
  const compression = { compression: 'zstd' } as const;
  const kept = await bench.build(context, { compression });
  assert.deepEqual(
    kept.layers.map(({ mediaType }) => mediaType),
    [mediaTypes.ociLayerGzip, mediaTypes.ociLayerZstd],
  );
  const forced = await bench.build(context, { compression, forceCompression: true });
  assert.ok(forced.layers.every(({ mediaType }) => mediaType === mediaTypes.ociLayerZstd));
  assert.deepEqual(await bench.files(forced), await bench.files(kept));
  const docker = await bench.build(context, { mediaTypes: 'docker' });
  assert.equal(docker.manifest.mediaType, mediaTypes.dockerManifest);
  assert.ok(docker.layers.every(({ mediaType }) => mediaType === mediaTypes.dockerLayerGzip));
});
