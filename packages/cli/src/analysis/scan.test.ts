import assert from 'node:assert/strict';
import { createWriteStream } from 'node:fs';
import { readFile, utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { test } from 'node:test';
import { listCacheFiles } from '@lading/builder/cache';
import { decompress, fromBuffer, fromFile } from '@lading/bytes';
import { type Layer, layerOf, openArchive, openImage, writeLayer } from '@lading/image';
import { createMemoryRepository } from '@lading/store';
import { decodeName, type TarEntryInput, writeTar } from '@lading/tar';
import { findProgram, runProgram, skipUnless, temporaryFolder, vector } from '@lading/testkit';
import type { Context } from '../context.ts';
import { analyze } from './analysis.ts';
import { scanLayer } from './layer-scan.ts';
import { openScanCache } from './scan-cache.ts';
import { scanImage } from './scan-image.ts';

const plain = { type: 'file', mode: 0o644, uid: 0, gid: 0, mtime: 0 } as const;
const file = (path: string, text: string, more: Partial<TarEntryInput> = {}): TarEntryInput => {
  const content = Buffer.from(text);
  return { ...plain, path, size: content.length, content: fromBuffer(content), ...more };
};

async function layerWith(...entries: TarEntryInput[]): Promise<Layer> {
  const repository = createMemoryRepository('scanned');
  const { descriptor, diffId } = await writeLayer(repository, writeTar(entries));
  return layerOf(repository.content, descriptor, diffId);
}

test('a scan is the same when it comes from the cache, whatever names and attributes the layer has', async (t) => {
  const cache = openScanCache(await temporaryFolder(t));
  const layer = await layerWith(
    file(decodeName(Buffer.from([0x66, 0xff, 0x0a])), 'x', { xattrs: new Map([['user.a', Buffer.from([0, 255])]]) }),
    file('etc/.wh.gone', ''),
  );
  assert.equal(await cache.find(layer.diffId), undefined);
  const scan = await scanLayer(layer);
  await cache.keep(scan);
  assert.deepEqual(await cache.find(layer.diffId), scan);
});

test('scans lie where collection of the cache finds them, with the time of their last use', async (t) => {
  const folder = await temporaryFolder(t);
  const cache = openScanCache(join(folder, 'layers'));
  const scan = await scanLayer(await layerWith(file('a', 'x')));
  await cache.keep(scan);
  const [first] = await Array.fromAsync(listCacheFiles(folder));
  assert.equal(first?.kind, 'scan');
  await utimes(first.path, 0, 0);
  await cache.find(scan.diffId);
  const [used] = await Array.fromAsync(listCacheFiles(folder));
  assert.ok(used !== undefined && Date.now() - used.usedAt.getTime() < 60_000);
  await writeFile(first.path, 'damaged');
  assert.equal(await cache.find(scan.diffId), undefined);
});

test('a layer is read once, however often it is in an image and in whichever images', async (t) => {
  const folder = await temporaryFolder(t);
  let opened = 0;
  const layer = await layerWith(file('a', 'x'));
  const counting: Layer = {
    ...layer,
    uncompressed(io) {
      opened += 1;
      return layer.uncompressed(io);
    },
  };
  const context = {
    homeFolder: async () => folder,
    signal: new AbortController().signal,
    progress: { update() {}, finish() {} },
  } as unknown as Context; // what scanning uses of it
  const image = { layers: [counting, counting] } as unknown as Parameters<typeof scanImage>[1];
  assert.equal((await scanImage(context, image)).length, 2);
  await scanImage(context, image);
  assert.equal(opened, 1);
});

test('real images have the figures that dive gives them', async (t) => {
  const dive = findProgram('dive');
  if (!skipUnless(t, dive !== undefined, 'dive is not installed: scripts/peers/install-clients.sh builds it')) return;
  const folder = await temporaryFolder(t);
  const { CI: _ci, ...env } = process.env;
  const names = ['docker', 'kaniko', 'oci-estargz', 'oci-gzip', 'oci-uncompressed', 'oci-zstd'];
  const images = [...names.map((name) => `dive-test-${name}-image.tar`), 'alpine-310.docker-archive.tar.gz'];
  for (const [at, name] of images.entries()) {
    const path = vector(t, `images/${name}`);
    if (path === undefined) return;
    const plainArchive = join(folder, `${at}.tar`);
    const output = join(folder, `${at}.json`);
    await pipeline(decompress(fromFile(path)), createWriteStream(plainArchive));
    const run = await runProgram(dive!, ['--source', 'docker-archive', plainArchive, '--json', output], { env });
    assert.equal(run.code, 0, run.stderr);
    const { image: theirs } = JSON.parse(await readFile(output, 'utf8'));
    await using archive = Object.assign(await openArchive(path), {
      [Symbol.asyncDispose]: (): Promise<void> => archive.close(),
    });
    const image = await openImage(archive.repository, archive.images[0]!.descriptor);
    const ours = analyze(image, await Promise.all(image.layers.map((layer) => scanLayer(layer))));
    assert.deepEqual(
      { size: ours.size.files, ...ours.dive, wastedPercent: undefined },
      {
        size: theirs.sizeBytes,
        efficiency: theirs.efficiencyScore,
        wastedBytes: theirs.inefficientBytes,
        wastedPercent: undefined,
      },
      name,
    );
  }
});
