import assert from 'node:assert/strict';
import { test } from 'node:test';
import { collect, decompress, fromBuffer, fromFile, slice } from '@lading/bytes';
import { readTar } from '@lading/tar';
import { vector } from '@lading/testkit';
import { entry, layerTar } from './internal/made-layer.ts';
import { readLayer } from './layer.ts';
import { union } from './union.ts';

const { file, directory } = entry;

test('readLayer() separates entries from whiteouts and forgets AUFS bookkeeping', async () => {
  const tar = await layerTar([
    directory('a'),
    file('a/.wh.x'),
    file('a/.wh..wh..opq'),
    file('.wh..wh.plnk/1.2'),
    file('b'),
  ]);
  const layer = await readLayer(fromBuffer(tar));
  assert.deepEqual(
    layer.entries.map(({ path }) => path),
    ['a', 'b'],
  );
  assert.deepEqual(layer.whiteouts, [
    { kind: 'remove', path: 'a/x' },
    { kind: 'opaque', path: 'a' },
  ]);
});

test('readLayer() tells where each content lies in the tar', async () => {
  const tar = await layerTar([file('a', 'first'), file('é', 'second')]);
  for (const node of (await readLayer(fromBuffer(tar))).entries) {
    const start = node.contentOffset!;
    const content = await collect(slice(fromBuffer(tar), { start, end: start + node.size }), {
      maxBytes: 99,
      what: 'x',
    });
    assert.equal(content.toString(), node.path === 'a' ? 'first' : 'second');
  }
});

test('readLayer() and union() read a real Alpine', async (t) => {
  const path = vector(t, 'images/alpine-310.docker-archive.tar.gz');
  if (path === undefined) return;
  let layers = 0;
  for await (const { path: name, content } of readTar(decompress(fromFile(path)))) {
    if (!name.endsWith('layer.tar') && !/^[0-9a-f]{64}\.tar/.test(name)) continue;
    layers += 1;
    const tree = union([await readLayer(decompress(content))]);
    assert.ok(tree.size > 400, String(tree.size));
    assert.match(tree.lookup('/etc/alpine-release')!.type, /file/);
    assert.equal(tree.resolve('bin/sh'), 'bin/busybox');
  }
  assert.equal(layers, 1);
});
