import assert from 'node:assert/strict';
import { test } from 'node:test';
import { collect, fromBuffer } from '@lading/bytes';
import { type Layer, layerOf, writeLayer } from '@lading/image';
import { createMemoryRepository } from '@lading/store';
import { type TarEntryInput, writeTar } from '@lading/tar';
import { temporaryFolder } from '@lading/testkit';
import { openLayerIndexes } from './cache/layer-indexes.ts';
import { createFileSystems } from './file-system.ts';

const plain = { uid: 0, gid: 0, size: 0, mtime: 1, mode: 0o644 };
const file = (path: string, text: string): TarEntryInput => ({
  ...{ ...plain, path, type: 'file', size: text.length },
  content: fromBuffer(text),
});
const symlink = (path: string, linkPath: string): TarEntryInput => ({ ...plain, path, type: 'symlink', linkPath });
const hardlink = (path: string, linkPath: string): TarEntryInput => ({ ...plain, path, type: 'hardlink', linkPath });

async function stack(...layers: TarEntryInput[][]): Promise<{ layers: Layer[]; opened: () => number }> {
  const repository = createMemoryRepository();
  let opened = 0;
  const made: Layer[] = [];
  for (const entries of layers) {
    const { descriptor, diffId } = await writeLayer(repository, writeTar(entries));
    const layer = layerOf(repository.content, descriptor, diffId);
    made.push({
      ...layer,
      uncompressed: (io) => {
        opened++;
        return layer.uncompressed(io);
      },
    });
  }
  return { layers: made, opened: () => opened };
}

test('open() reads the table of contents of each layer once, whoever asks', async () => {
  const { layers, opened } = await stack([file('a', '1')], [file('b', '2')], [file('c', '3')]);
  const systems = createFileSystems();
  const [all] = await Promise.all([systems.open(layers), systems.open(layers), systems.open(layers.slice(0, 2))]);
  assert.equal(opened(), 3);
  assert.deepEqual(
    [...all.tree.walk()].map(({ path }) => path),
    ['a', 'b', 'c'],
  );
  assert.equal((await systems.open([])).tree.size, 0);
});

test('open() does not read a layer that an earlier build read, and finds the same; one without an index is read', async (t) => {
  const { layers, opened } = await stack(
    [file('usr/a', '1'), symlink('bin', 'usr')],
    [file('.wh.bin', ''), file('b', '2')],
  );
  const indexes = openLayerIndexes(await temporaryFolder(t));
  const paths = async (): Promise<readonly string[]> => {
    const { tree } = await createFileSystems(undefined, indexes).open(layers);
    return [...tree.walk()].map(({ path, size, layer }) => `${layer} ${path} ${size}`);
  };
  const cold = await paths();
  assert.deepEqual([cold, opened()], [['1 b 1', '0 usr 0', '0 usr/a 1'], 2]);
  assert.deepEqual([await paths(), opened()], [cold, 2]);
  layers.push((await stack([hardlink('c', 'b')])).layers[0] as Layer);
  assert.deepEqual(await paths(), ['1 b 1', '1 c 1', '0 usr 0', '0 usr/a 1']);
});

test('text() follows links within the file system; what is no file is empty', async () => {
  const { layers } = await stack(
    [file('etc/passwd', 'old'), file('usr/passwd', 'real'), file('empty', '')],
    [symlink('etc/passwd', '/usr/passwd'), symlink('loop', 'loop'), symlink('dir', 'etc')],
  );
  const system = await createFileSystems().open(layers);
  assert.equal(await system.text('/etc/passwd'), 'real');
  assert.equal(await system.text('/dir/passwd'), 'real');
  for (const path of ['/loop', '/etc', '/none', '/empty', '/../../none']) assert.equal(await system.text(path), '');
});

test('read() passes once over each layer that holds something, and finds content behind hard links', async () => {
  const { layers, opened } = await stack(
    [file('a', 'low'), file('b', 'B'), file('c', 'C')],
    [file('a', 'high'), hardlink('a2', 'a')],
    [file('d', 'D'), hardlink('c2', 'c')],
  );
  const system = await createFileSystems().open(layers);
  const before = opened();
  const nodes = ['c2', 'a2', 'b'].map((path) => system.tree.get(path)!);
  const read: string[] = [];
  for await (const [node, content] of system.read(nodes))
    read.push(`${node.path}=${(await collect(content, { maxBytes: 100, what: 'content' })).toString()}`);
  assert.deepEqual(read.sort(), ['a2=high', 'b=B', 'c2=C']);
  assert.equal(opened() - before, 2);
});

test('a layer that cannot be read is asked for again the next time', async () => {
  const { layers } = await stack([file('a', '1')]);
  const [layer] = layers;
  assert.ok(layer);
  let fail = true;
  const flaky: Layer = {
    ...layer,
    uncompressed: (io) => (fail ? Promise.reject(new Error('broken')) : layer.uncompressed(io)),
  };
  const systems = createFileSystems();
  await assert.rejects(systems.open([flaky]), /broken/);
  fail = false;
  assert.equal((await systems.open([flaky])).tree.size, 1);
});
