import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type Descriptor, mediaTypes } from '@lading/oci';
import { createMemoryRepository, put } from '@lading/store';
import fc from 'fast-check';
import { writeLayer } from '../write-layer.ts';
import { readSegments } from './read-segments.ts';
import type { SegmentMap } from './segment.ts';
import { segmentsOfTable } from './table-of-contents.ts';
import { collected, fileTree, tarOf } from './testing/file-tree.ts';
import { estargz, zstdChunked } from './testing/other-formats.ts';

const tree = fileTree(25);
const { content } = createMemoryRepository();
const ours = await collected(await content.open((await writeLayer({ content }, tarOf(tree))).descriptor));
const layers = { lading: ours, estargz: await estargz(tree), 'zstd:chunked': await zstdChunked(tree) };

async function read(layer: Buffer, size = layer.length): Promise<SegmentMap | undefined> {
  const mediaType = mediaTypes.ociLayerGzip;
  const store = createMemoryRepository().content;
  const descriptor: Descriptor = { ...(await put(store, layer)), mediaType, size };
  return (await readSegments(store, descriptor)).map;
}

/** In order, apart, and before the bytes at the end that were read. */
function checkMap({ segments, tail, tailOffset }: SegmentMap, size: number): void {
  let at = 0;
  for (const { offset, length } of segments) {
    assert.ok(offset >= at && length > 0);
    at = offset + length;
  }
  assert.ok(at <= tailOffset);
  assert.equal(tailOffset + tail.length, size);
}

test('readSegments() knows each format by its end and covers the layer', async () => {
  for (const [format, layer] of Object.entries(layers)) {
    const map = await read(layer);
    assert.equal(map?.format, format);
    checkMap(map, layer.length);
    assert.equal(
      map.segments.reduce((sum, { length }) => sum + length, 0),
      map.tailOffset,
      'nothing is left out',
    );
    assert.ok(map.segments.length > 20);
    assert.deepEqual(map.tail, layer.subarray(map.tailOffset));
  }
});

test('readSegments() takes what is damaged for not seekable, or gives what is in order', async () => {
  for (const layer of Object.values(layers)) {
    const tailOffset = (await read(layer))?.tailOffset as number;
    await fc.assert(
      fc.asyncProperty(
        fc.integer({ min: tailOffset, max: layer.length - 1 }),
        fc.integer({ min: 1, max: 255 }),
        fc.boolean(),
        async (at, bits, nearEnd) => {
          const damaged = Buffer.from(layer);
          const place = nearEnd ? layer.length - 1 - (at % 64) : at;
          damaged[place] = (damaged[place] as number) ^ bits;
          const map = await read(damaged);
          if (map !== undefined) checkMap(map, layer.length);
        },
      ),
      { numRuns: 30 },
    );
    assert.equal(await read(layer.subarray(0, -1)), undefined, 'cut off');
    assert.equal(await read(layer.subarray(0, 30)), undefined, 'too short');
  }
});

test('segmentsOfTable() refuses offsets out of order or of the layer, and what is no table', () => {
  const entries = (...offsets: unknown[]) => ({ entries: offsets.map((offset) => ({ type: 'reg', offset })) });
  assert.equal(segmentsOfTable(entries(10, 20, 30), 40)?.length, 4);
  const hostile = [
    entries(20, 10),
    entries(-1),
    entries(41),
    entries(1.5),
    { entries: [null] },
    { entries: 1 },
    null,
    'x',
  ];
  for (const table of hostile) assert.equal(segmentsOfTable(table, 40), undefined, JSON.stringify(table));
  const chunks = [{ offset: 10, endOffset: 30 }, { type: 'chunk', offset: 20 }, { offset: 35 }];
  assert.deepEqual(
    segmentsOfTable({ entries: chunks }, 40)?.map(({ offset }) => offset),
    [0, 10, 20, 30, 35],
  );
  assert.equal(segmentsOfTable({ entries: [chunks[0], { type: 'chunk', offset: 31 }] }, 40), undefined);
  assert.equal(segmentsOfTable({ entries: [{ offset: 10, endOffset: 9 }] }, 40), undefined);
  assert.equal(segmentsOfTable({ entries: [{ offset: 10, endOffset: 41 }] }, 40), undefined);
  fc.assert(fc.property(fc.jsonValue(), (table) => void segmentsOfTable({ entries: [table] }, 100)));
});

test('the key of a segment says everything that its bytes depend on', () => {
  const file = { name: 'a', type: 'reg', size: 5, mode: 0o644, offset: 10, chunkDigest: 'sha256:1' };
  const next = { name: 'b', type: 'reg', size: 5, mode: 0o644, offset: 20, chunkDigest: 'sha256:2' };
  const keyOf = (...entries: object[]): string | undefined => segmentsOfTable({ entries }, 30)?.[1]?.key;
  const usual = keyOf(file, next);
  assert.equal(
    keyOf({ ...file, offset: 11 }, { ...next, chunkDigest: 'sha256:3' }),
    usual,
    'not its place or what is next',
  );
  assert.notEqual(keyOf({ ...file, chunkDigest: 'sha256:3' }, next), usual, 'its content');
  assert.notEqual(keyOf(file, { ...next, mode: 0o600 }), usual, 'the header that follows');
  assert.notEqual(keyOf({ ...file, size: 6 }, next), usual, 'the padding');
});
