import assert from 'node:assert/strict';
import { test } from 'node:test';
import { decodeName } from '@lading/tar';
import fc from 'fast-check';
import { decodeLayerPaths, type LayerPath, LayerPathsEncoder } from './layer-paths.ts';

function encoded(paths: Iterable<LayerPath>): Buffer {
  const encoder = new LayerPathsEncoder();
  for (const path of paths) encoder.add(path);
  return encoder.bytes();
}

test('decodeLayerPaths() gives back what was encoded, whiteouts first, whatever bytes the names have', () => {
  const name = fc.oneof(
    fc.uint8Array({ maxLength: 40 }).map((bytes) => decodeName(bytes.filter((byte) => byte !== 0))),
    fc.string({ unit: fc.constantFrom('a', 'b', '/', 'é', '😀', '😁') }),
    fc.constantFrom('usr/lib/x86_64-linux-gnu/', 'usr/lib/'.repeat(40)),
  );
  const path = fc.oneof(
    fc.record(
      { kind: fc.constantFrom('remove', 'opaque', 'directory', 'other'), path: name },
      { noNullPrototype: true },
    ),
    fc.record({ kind: fc.constantFrom('symlink', 'hardlink'), path: name, target: name }, { noNullPrototype: true }),
  );
  const isEntry = ({ kind }: LayerPath): boolean => kind !== 'remove' && kind !== 'opaque';
  fc.assert(
    fc.property(fc.array(path), (paths) => {
      const whiteoutsFirst = paths.toSorted((a, b) => Number(isEntry(a)) - Number(isEntry(b)));
      assert.deepEqual([...decodeLayerPaths(encoded(paths))], whiteoutsFirst);
    }),
  );
});

test('LayerPathsEncoder keeps the paths of half a million files in few bytes each', () => {
  const encoder = new LayerPathsEncoder();
  for (let file = 0; file < 500_000; file += 1) {
    const folder = `usr/lib/node_modules/package-${Math.floor(file / 20)}/dist/internal`;
    encoder.add({ kind: 'other', path: `${folder}/module-${file % 20}.js` });
  }
  assert.equal(encoder.count, 500_000);
  const { length } = encoder.bytes();
  assert.ok(length < 10e6, `${length} bytes`);
});
