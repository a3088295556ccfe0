import assert from 'node:assert/strict';
import { link, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { fromBuffer } from '@lading/bytes';
import { type FileTree, readLayer, union } from '@lading/filetree';
import { layerOf, openImage, writeImage, writeLayer } from '@lading/image';
import { readTar, type TarEntryInput, writeTar } from '@lading/tar';
import { createFileSystems } from '../file-system.ts';
import { linux, type Workbench, workbench } from '../testing/workbench.ts';
import { entriesWithContent } from './file-system-entries.ts';
import { planSquash } from './plan-squash.ts';

const epoch = 1_000_000_000;

function file(path: string, text = path): TarEntryInput {
  const content = Buffer.from(text);
  return {
    path,
    type: 'file',
    mode: 0o644,
    uid: 0,
    gid: 0,
    size: content.length,
    mtime: 5,
    content: fromBuffer(content),
  };
}

function folder(path: string): TarEntryInput {
  return { path, type: 'directory', mode: 0o755, uid: 0, gid: 0, size: 0, mtime: 5 };
}

function hardLink(path: string, linkPath: string): TarEntryInput {
  return { path, type: 'hardlink', mode: 0o644, uid: 0, gid: 0, size: 0, mtime: 5, linkPath };
}

/** An image with these layers, which FROM can name. */
async function image(bench: Workbench, name: string, ...layers: readonly TarEntryInput[][]): Promise<void> {
  const written = [];
  for (const entries of layers) written.push(await writeLayer(bench.output, writeTar(entries)));
  const manifest = await writeImage(bench.output, {
    config: {
      ...linux,
      rootfs: { type: 'layers', diff_ids: written.map(({ diffId }) => diffId) },
      history: written.map((_, at) => ({ created_by: `base ${at}` })),
    },
    layers: written.map(({ descriptor }) => descriptor),
  });
  bench.images.set(name, await openImage(bench.output, manifest.digest, { platform: linux }));
}

const base = [
  [folder('etc'), file('etc/a'), file('etc/b'), folder('etc/d'), file('etc/d/x'), file('etc/d/y')],
  [folder('var'), file('var/one'), hardLink('var/two', 'var/one')],
];
/** What a later layer may do to an earlier one. */
const change = [
  [
    folder('etc'),
    file('etc/.wh.a', ''),
    file('etc/b', 'changed'),
    folder('etc/d'),
    file('etc/d/.wh..wh..opq', ''),
    file('etc/d/z'),
  ],
  [folder('etc'), file('etc/.wh.b', ''), file('new', 'temporary'), folder('var'), hardLink('var/three', 'var/one')],
  [file('.wh.new', ''), folder('srv'), file('srv/f'), hardLink('srv/g', 'srv/f'), file('.wh.nothing', '')],
];

test('squash puts the layers above the base into one, and everything looks the same', async (t) => {
  const bench = await workbench(t);
  await image(bench, 'whole', ...base, ...change);
  const context = await bench.context({
    Dockerfile: 'FROM whole\nCOPY a /srv/a\nENV X=1\nCOPY b /srv/f\n',
    a: 'A',
    b: 'B',
  });
  const plain = await bench.build(context);
  const squashed = await bench.build(context, { squash: 'build' });
  const all = await bench.build(context, { squash: 'all' });
  assert.deepEqual(await bench.files(squashed), await bench.files(plain));
  assert.deepEqual(await bench.files(all), await bench.files(plain));
  assert.deepEqual(
    [plain, squashed, all].map(({ layers }) => layers.length),
    [7, 6, 1],
  );
  assert.deepEqual(
    squashed.layers.slice(0, 5).map(({ digest }) => digest),
    plain.layers.slice(0, 5).map(({ digest }) => digest),
  );
  assert.deepEqual((await bench.layers(squashed)).at(-1), ['srv', 'srv/a', 'srv/f']);
});

test('squash of everything has no whiteouts, and keeps the hard links of a layer', async (t) => {
  const bench = await workbench(t);
  await image(bench, 'whole', ...base, ...change);
  const result = await bench.build(await bench.context({ Dockerfile: 'FROM whole\n' }), { squash: 'all' });
  const [layer] = (await bench.image(result)).layers;
  const entries: string[] = [];
  for await (const { path, type, linkPath, mtime } of readTar(await layer!.uncompressed())) {
    assert.ok(mtime <= epoch);
    entries.push(type === 'hardlink' ? `${path} = ${linkPath}` : path);
  }
  assert.deepEqual(entries, [
    ...['etc', 'etc/d', 'etc/d/z', 'srv', 'srv/f', 'srv/g = srv/f'],
    ...['var', 'var/one', 'var/three = var/one', 'var/two = var/one'],
  ]);
});

test('planSquash() marks what was removed from the base, and takes whole what shares content with it', async (t) => {
  const bench = await workbench(t);
  await image(bench, 'whole', ...base, ...change);
  const { layers } = bench.images.get('whole')!;
  const systems = createFileSystems();
  const [lower, upper] = [await systems.open(layers.slice(0, 2)), await systems.open(layers)];
  const plan = planSquash(lower.tree, upper.tree, epoch);
  assert.deepEqual(
    plan.map(({ path, type }) => (type === 'hardlink' ? `${path} =` : path)),
    [
      ...['etc', 'etc/.wh.a', 'etc/.wh.b', 'etc/d', 'etc/d/.wh.x', 'etc/d/.wh.y', 'etc/d/z'],
      ...['srv', 'srv/f', 'srv/g =', 'var', 'var/three'],
    ],
  );
  const { tree } = await systems.open(layers.slice(0, 2));
  const made = await writeLayer(bench.output, writeTar(entriesWithContent(upper, plan, bench.cacheFolder, {})));
  const squashed = union([
    ...(await Promise.all(layers.slice(0, 2).map(async (layer) => readLayer(await layer.uncompressed())))),
    await readLayer(await layerOf(bench.output.content, made.descriptor, made.diffId).uncompressed()),
  ]);
  assert.notDeepEqual(pathsOf(tree), pathsOf(upper.tree));
  assert.deepEqual(pathsOf(squashed), pathsOf(upper.tree));
});

function pathsOf(tree: FileTree): string[] {
  return [...tree.walk()].map(({ path, mode, size, type }) => `${path} ${type} ${mode} ${size}`);
}

test('the history keeps what was done, and one entry has the layer', async (t) => {
  const bench = await workbench(t);
  await image(bench, 'base', ...base);
  const context = await bench.context({ Dockerfile: 'FROM base\nENV X=1\nCOPY a /a\nCOPY a /b\n', a: 'A' });
  const { config } = await bench.image(await bench.build(context, { squash: 'build' }));
  assert.deepEqual(
    config.history?.map(({ created_by, empty_layer = false }) => [created_by, empty_layer]),
    [
      ['base 0', false],
      ['base 1', false],
      ['ENV X=1', true],
      ['COPY a /a', true],
      ['COPY a /b', true],
      ['lading squash: 2 layers', false],
    ],
  );
});

test('a squash is taken from the cache, is the same with one worker and four, and none is made of nothing', async (t) => {
  const digests = new Set<string>();
  for (const workers of [1, 4]) {
    const bench = await workbench(t);
    await image(bench, 'base', ...base);
    const context = await bench.context({ Dockerfile: 'FROM base\nCOPY . /c\nCOPY . /d\n', 'in/x': 'x' });
    await link(join(context, 'in/x'), join(context, 'in/y'));
    await symlink('x', join(context, 'in/z'));
    for (const _ of ['cold', 'warm']) {
      digests.add((await bench.build(context, { squash: 'build', workers })).manifest.digest);
    }
    await writeFile(join(context, 'Dockerfile'), 'FROM base\nENV A=1\n');
    const nothing = await bench.build(context, { squash: 'build' });
    assert.equal(nothing.layers.length, 2);
  }
  assert.equal(digests.size, 1);
});
