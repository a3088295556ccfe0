import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { type Bytes, decompress, fromBuffer, tap } from '@lading/bytes';
import { LadingError } from '@lading/errors';
import { type Descriptor, digestOf, mediaTypes } from '@lading/oci';
import {
  type ContentReader,
  type ContentStore,
  createMemoryRepository,
  type OpenOptions,
  put,
  type Target,
} from '@lading/store';
import { mixedBytes } from '@lading/testkit';
import fc from 'fast-check';
import { writeLayer } from '../write-layer.ts';
import type { Delta } from './delta.ts';
import { type DeltaOutcome, findDelta } from './find-delta.ts';
import { collected, type FileTree, fileTree, tarOf, updated } from './testing/file-tree.ts';
import { estargz, zstdChunked } from './testing/other-formats.ts';

const tree = fileTree(100);
const changed = updated(tree);

type Pack = (repository: { content: ContentStore }, tree: FileTree) => Promise<Descriptor>;

const ours: Pack = async (repository, files) => (await writeLayer(repository, tarOf(files))).descriptor;
const packed =
  (mediaType: string, pack: (files: FileTree) => Promise<Buffer>): Pack =>
  async ({ content }, files) => ({ ...(await put(content, await pack(files), { mediaType })), mediaType });

/** A source that counts what is read from it. */
class Counting implements ContentReader {
  bytes = 0;
  requests = 0;
  readonly #content: ContentReader;

  constructor(content: ContentReader) {
    this.#content = content;
  }

  stat(target: Target) {
    return this.#content.stat(target);
  }

  async open(target: Target, io: OpenOptions = {}): Promise<Bytes> {
    this.requests++;
    return tap(await this.#content.open(target, io), (chunk) => {
      this.bytes += chunk.length;
    });
  }
}

interface Scene {
  readonly source: Counting;
  readonly local: ContentStore;
  readonly before: Descriptor;
  readonly layer: Descriptor;
  readonly bytes: Buffer;
  readonly outcome: DeltaOutcome;
}

/** A layer that is here, and its update that is at the source only. */
async function scene(pack: Pack, from: FileTree = tree, to: FileTree = changed): Promise<Scene> {
  const [remote, here] = [createMemoryRepository(), createMemoryRepository()];
  const [before, layer] = [await pack(here, from), await pack(remote, to)];
  const source = new Counting(remote.content);
  const bytes = await collected(await remote.content.open(layer));
  const outcome = await findDelta({ source, layer, local: here.content, similar: [before] });
  return { source, local: here.content, before, layer, bytes, outcome };
}

function deltaOf({ outcome }: Scene): Delta {
  assert.equal(outcome.state, 'found');
  return (outcome as Extract<DeltaOutcome, { state: 'found' }>).delta;
}

const formats: [string, Pack][] = [
  ['our own', ours],
  ['eStargz', packed(mediaTypes.ociLayerGzip, estargz)],
  ['zstd:chunked', packed(mediaTypes.ociLayerZstd, zstdChunked)],
];

const usual = scene(ours);

describe('findDelta()', () => {
  for (const [name, pack] of formats) {
    test(`puts an updated ${name} layer together, asking the source only for what changed`, async () => {
      const made = await scene(pack);
      const { source, layer, bytes } = made;
      const tar = await collected(tarOf(changed));
      assert.ok((await collected(decompress(fromBuffer(bytes)))).subarray(0, tar.length).equals(tar));
      const delta = deltaOf(made);
      assert.ok((await collected(delta.open(0))).equals(bytes));
      assert.equal(source.bytes, delta.wireBytes);
      assert.equal(source.requests, delta.requests);
      assert.equal(delta.takenBytes, delta.reusedBytes);
      assert.ok(source.bytes < layer.size * 0.2, `${source.bytes} of ${layer.size} bytes`);
      assert.ok(source.requests <= 10, `${source.requests} requests`);
    });
  }

  test('goes on from any offset', async () => {
    const made = await usual;
    const delta = deltaOf(made);
    await fc.assert(
      fc.asyncProperty(fc.nat(made.layer.size), async (offset) => {
        assert.ok((await collected(delta.open(offset))).equals(made.bytes.subarray(offset)));
      }),
      { numRuns: 20 },
    );
  });

  test('finds nothing to reuse in what has nothing in common, and asks only for the table', async () => {
    const { outcome, source, layer } = await scene(ours, fileTree(80, 5));
    assert.equal(outcome.state, 'none');
    assert.ok(source.requests === 2 && source.bytes < layer.size * 0.02, `${source.bytes} bytes`);
  });

  test('asks nothing of the source without similar layers, and no more than its end of a layer that is not seekable', async () => {
    const { source, local, layer } = await usual;
    const before = source.requests;
    assert.equal((await findDelta({ source, layer, local, similar: [] })).state, 'none');
    assert.equal(source.requests, before);
    const plain = packed(mediaTypes.ociLayerGzip, async () => mixedBytes(2_000_000));
    const [remote, here] = [createMemoryRepository(), createMemoryRepository()];
    const other = new Counting(remote.content);
    const search = {
      source: other,
      layer: await plain(remote, tree),
      local: here.content,
      similar: [await ours(here, tree)],
    };
    assert.deepEqual(await findDelta(search), { state: 'none', tableBytes: 64, requests: 1 });
  });

  test('tells a source that gives content only as a whole', async () => {
    const { source, local, before, layer } = await usual;
    const whole = {
      stat: (target: Target) => source.stat(target),
      open: async (_: Target, io: OpenOptions = {}) => {
        assert.equal(io.seek, true);
        throw new LadingError('RANGE_UNSUPPORTED', 'Cannot');
      },
    };
    assert.equal((await findDelta({ source: whole, layer, local, similar: [before] })).state, 'unsupported');
  });

  test('fetches what has gone from this machine since, and ends with the error of the source', async () => {
    const made = await scene(ours);
    const delta = deltaOf(made);
    await made.local.delete(made.before.digest);
    assert.ok((await collected(delta.open(0))).equals(made.bytes));
    assert.equal(delta.takenBytes, 0);
    const broken = new Error('the line is dead');
    made.source.open = async () => Promise.reject(broken);
    await assert.rejects(collected(delta.open(0)), broken);
  });

  test('stops with INTERRUPTED, and fetches no more when its reader leaves', async () => {
    const made = await usual;
    const delta = deltaOf(made);
    await assert.rejects(collected(delta.open(0, { signal: AbortSignal.abort() })), { code: 'INTERRUPTED' });
    for await (const _ of delta.open(0)) break;
    const { requests } = made.source;
    await new Promise((resolve) => setTimeout(resolve, 20));
    assert.equal(made.source.requests, requests);
  });

  test('equal content that was compressed otherwise gives bytes that do not have the digest', async () => {
    const level = (one: number): Pack =>
      packed(mediaTypes.ociLayerGzip, async (files) => {
        const layer = await estargz(files);
        // What a damaged similar layer, or one of another compressor that comes to the same lengths, would do.
        if (one === 1)
          for (let at = 5000; at < layer.length - 60_000; at += 50_000) layer[at] = (layer[at] as number) ^ 1;
        return layer;
      });
    const [remote, here] = [createMemoryRepository(), createMemoryRepository()];
    const layer = await level(0)(remote, changed);
    const before = await level(1)(here, tree);
    const outcome = await findDelta({ source: remote.content, layer, local: here.content, similar: [before] });
    assert.equal(outcome.state, 'found');
    const made = await collected((outcome as Extract<DeltaOutcome, { state: 'found' }>).delta.open(0));
    assert.equal(made.length, layer.size);
    assert.notEqual(digestOf(made), layer.digest, 'which whoever takes it sees');
  });
});
