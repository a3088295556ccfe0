import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { type Bytes, fromBuffer } from '@lading/bytes';
import { isLadingError, LadingError } from '@lading/errors';
import { type Descriptor, type Digest, mediaTypes } from '@lading/oci';
import { createMemoryRepository, type OpenOptions, openDirectoryStore, put, type Repository } from '@lading/store';
import { temporaryFolder } from '@lading/testkit';
import { sampleImage } from '../internal/sample-image.ts';
import { writeManifest } from '../write-image.ts';
import { copy } from './copy.ts';

const chunkBytes = 256 << 10;
const data = Buffer.alloc(4 << 20, 'lading').map((byte, at) => byte ^ (at >> 8));

async function withBigLayer(repository: Repository): Promise<{ image: Descriptor; layer: Descriptor }> {
  const layer = await put(repository.content, Buffer.from(data), { mediaType: mediaTypes.ociLayer });
  const config = await put(repository.content, Buffer.from('{}'), { mediaType: 'application/x-config' });
  const image = await writeManifest(repository, {
    schemaVersion: 2,
    mediaType: mediaTypes.ociManifest,
    config,
    layers: [layer],
  });
  return { image, layer };
}

/** A directory as target, as a pull has it. */
async function directory(t: TestContext): Promise<Repository> {
  return { ...createMemoryRepository('local'), content: await openDirectoryStore(await temporaryFolder(t)) };
}

interface Read {
  readonly start: number;
  bytes: number;
}

/** Breaks each read of the layer after so many bytes, with that error; notes which bytes were read. */
function breaking(source: Repository, layer: Descriptor, breaks: { after: number; error: unknown }[]) {
  const reads: Read[] = [];
  const open = async (target: Digest | Descriptor, io: OpenOptions = {}): Promise<Bytes> => {
    const bytes = await source.content.open(target, io);
    if ((typeof target === 'string' ? target : target.digest) !== layer.digest) return bytes;
    const read: Read = { start: io.range?.start ?? 0, bytes: 0 };
    reads.push(read);
    const broken = breaks.shift();
    return (async function* () {
      for await (const chunk of bytes) {
        if (broken !== undefined && read.bytes >= broken.after) throw broken.error;
        yield chunk;
        read.bytes += chunk.length;
      }
    })();
  };
  return { source: { ...source, content: { ...source.content, open } }, reads };
}

const reset = () => new LadingError('REGISTRY_UNREACHABLE', 'the connection was reset', { transient: true });

test('copy() goes on after a broken read from the byte where it broke', async (t) => {
  const origin = createMemoryRepository('remote');
  const { image, layer } = await withBigLayer(origin);
  const { source, reads } = breaking(origin, layer, [
    { after: 1 << 20, error: reset() },
    { after: 2 << 20, error: reset() },
  ]);
  const target = await directory(t);
  const result = await copy(source, target, { from: image, to: 'x' });
  assert.deepEqual(
    reads.map(({ start }) => start),
    [0, 1 << 20, 3 << 20],
  );
  assert.equal(
    reads.reduce((sum, { bytes }) => sum + bytes, 0),
    data.length,
    'no byte twice',
  );
  assert.equal(result.resumedBytes, 0);
  assert.equal((await target.content.stat(layer))?.size, data.length);
});

test('copy() that gave up or was interrupted leaves what arrived; the next copy goes on from there', async (t) => {
  const origin = createMemoryRepository('remote');
  const { image, layer } = await withBigLayer(origin);
  const target = await directory(t);
  const interruption = new AbortController();
  const first = breaking(origin, layer, [
    {
      after: 2 << 20,
      get error() {
        interruption.abort();
        return reset();
      },
    },
  ]);
  await assert.rejects(copy(first.source, target, { from: image, to: 'x', signal: interruption.signal }), (error) =>
    isLadingError(error, 'INTERRUPTED'),
  );
  assert.equal(await target.content.stat(layer), undefined);
  const second = breaking(origin, layer, []);
  const result = await copy(second.source, target, { from: image, to: 'x' });
  assert.equal(result.resumedBytes, 2 << 20);
  assert.deepEqual(second.reads, [{ start: 2 << 20, bytes: 2 << 20 }]);
});

test('copy() starts a layer over when what an earlier copy left of it is wrong', async (t) => {
  const origin = createMemoryRepository('remote');
  const { image, layer } = await withBigLayer(origin);
  const target = await directory(t);
  const wrong = await target.content.begin({ expected: layer });
  await wrong.append(fromBuffer(Buffer.alloc(3 * chunkBytes, 'wrong')));
  await wrong.suspend();
  const { source, reads } = breaking(origin, layer, []);
  const result = await copy(source, target, { from: image, to: 'x' });
  assert.deepEqual(
    reads.map(({ start }) => start),
    [3 * chunkBytes, 0],
  );
  assert.equal(result.resumedBytes, 0);
});

test('copy() does not try again what cannot pass', async (t) => {
  const origin = createMemoryRepository('remote');
  const { image, layer } = await withBigLayer(origin);
  const denied = new LadingError('REGISTRY_DENIED', 'no');
  const { source, reads } = breaking(origin, layer, [{ after: 1 << 20, error: denied }]);
  await assert.rejects(
    copy(source, await directory(t), { from: image }),
    (error) => isLadingError(error, 'COPY_FAILED') && error.cause === denied,
  );
  assert.equal(reads.length, 1);
});

test('copy() leases what it finds at a local target until the manifest is there', async (t) => {
  const origin = createMemoryRepository('remote');
  const image = await sampleImage(origin);
  const target = await directory(t);
  await copy(origin, target, { from: image });
  const content = target.content as Awaited<ReturnType<typeof openDirectoryStore>>;
  const held: number[] = [];
  const references = {
    ...target.references,
    resolve: async () => undefined,
    record: async (...args: Parameters<typeof target.references.record>) => {
      held.push((await Array.fromAsync(content.leases())).length);
      await target.references.record(...args);
    },
  };
  await copy(origin, { ...target, references }, { from: image });
  assert.deepEqual(held, [3], 'the config and two layers');
  assert.deepEqual(await Array.fromAsync(content.leases()), []);
});

test("copy() with referrers takes cosign's tags along, and leaves the target's list of referrers alone", async () => {
  const [source, target] = [createMemoryRepository(), createMemoryRepository()];
  const image = await sampleImage(source);
  const name = image.digest.replace(':', '-');
  const signature = await sampleImage(source, { texts: ['signature'] });
  const list = await sampleImage(source, { texts: ['stands for a list'] });
  await source.references.tag(`${name}.sig`, signature);
  await source.references.tag(name, list);
  const result = await copy(source, target, { from: image, to: 'x', referrers: true });
  assert.deepEqual(
    result.referrers.map(({ digest }) => digest),
    [signature.digest],
  );
  assert.equal((await target.references.resolve(`${name}.sig`))?.digest, signature.digest);
  assert.equal(await target.references.resolve(name), undefined);
});
