// Which facts an image has is what a process in it would find.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { isLadingError } from '@lading/errors';
import { uniteFacts } from '@lading/facts';
import { readLayer, union } from '@lading/filetree';
import { digestOf } from '@lading/oci';
import type { TarEntryInput } from '@lading/tar';
import fc from 'fast-check';
import { readLayerFacts } from './read-layer-facts.ts';
import { entry, lineCataloger, madeLayer } from './testing/made-layer.ts';

const { file, symlink, hardlink } = entry;
const image = { version: 1, digest: digestOf(Buffer.from('image')), platform: 'linux/amd64' };

const name = fc.constantFrom('a', 'b', 'c');
const path = fc.array(name, { minLength: 1, maxLength: 3 }).map((parts) => parts.join('/'));
const target = fc.constantFrom('a', '/b', '../c', '..', '.', '/a/b', '../../../../b/c', 'nowhere/x');
type Made = readonly [
  kind: 'package' | 'file' | 'directory' | 'symlink' | 'hardlink' | 'remove' | 'opaque',
  path: string,
  target: string,
];
const kind = fc.constantFrom<Made[0]>(
  'package',
  'package',
  'package',
  'file',
  'directory',
  'symlink',
  'hardlink',
  'remove',
  'opaque',
);
const anyEntry: fc.Arbitrary<Made> = fc.tuple(kind, path, target);

function entryOf([kind, path, target]: Made, id: string): TarEntryInput {
  switch (kind) {
    case 'package':
      return file(path, `package ${id} 1`);
    case 'symlink':
      return symlink(path, target);
    case 'hardlink':
      return hardlink(path, ['a', 'b', 'c'][target.length % 3] ?? 'a');
    default:
      return entry[kind](path);
  }
}

test('uniteFacts() has the facts of just those files that the union of the layers has', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(fc.array(anyEntry, { maxLength: 8 }), { minLength: 1, maxLength: 4 }), async (made) => {
      const entries = made
        .map((layer, at) => layer.map((one, index) => entryOf(one, `${at}-${index}`)))
        // A file that its archive overwrites lives on in hard links made before; that is not followed.
        .map((layer) => (layer.some(({ type }) => type === 'hardlink') ? once(layer) : layer));
      const layers = await Promise.all(entries.map(madeLayer));
      const shown = new Map<string, string[]>();
      try {
        const trees = await Promise.all(layers.map(async (layer) => readLayer(await layer.open())));
        for (const node of union(trees).walk()) {
          if (node.type !== 'file' || node.contentOffset === undefined || node.layer === undefined) continue;
          const key = `${node.layer}@${node.contentOffset}`;
          shown.set(key, [...(shown.get(key) ?? []), node.path]);
        }
        const names = new Map<string, string[]>();
        for (const [at, { entries }] of trees.entries()) {
          for (const { contentOffset } of entries) {
            const paths = shown.get(`${at}@${contentOffset}`);
            if (paths === undefined || contentOffset === undefined) continue;
            const [tar] = await Array.fromAsync(await layers[at]!.open());
            const id = /^package (\S+)/.exec(
              Buffer.from(tar!).toString('latin1', contentOffset, contentOffset + 40),
            )?.[1];
            if (id !== undefined) names.set(id, paths);
          }
        }
        const facts = await Promise.all(layers.map((layer) => readLayerFacts(layer, { catalogers: [lineCataloger] })));
        const { packages } = uniteFacts(facts, { ...image, layers: [] });
        assert.deepEqual(packages.map((found) => found.name).sort(), [...names.keys()].sort());
        for (const { name, location } of packages)
          assert.ok(names.get(name)?.includes(location), `${name} ${location}`);
      } catch (error) {
        // Links in circles: no engine unpacks that.
        if (!isLadingError(error, 'TAR_INVALID')) throw error;
      }
    }),
    { numRuns: 300 },
  );
});

function once(entries: readonly TarEntryInput[]): TarEntryInput[] {
  return [...new Map(entries.map((entry) => [entry.path, entry])).values()];
}
