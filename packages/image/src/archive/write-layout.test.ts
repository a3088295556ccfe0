import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type Bytes, collect, fromBuffer, slice } from '@lading/bytes';
import { isLadingError, LadingError } from '@lading/errors';
import { type Descriptor, mediaTypes } from '@lading/oci';
import { type ContentStore, createMemoryRepository, digestOfTarget, put, type Repository } from '@lading/store';
import { mixedBytes } from '@lading/testkit';
import { writeManifest } from '../write-image.ts';
import { saveOciArchive } from './save-oci-archive.ts';

const whole = { maxBytes: 16 << 20, what: 'archive' };

/** An artifact with so many small blobs and a large one. */
async function sample(repository: Repository, small: number): Promise<{ artifact: Descriptor; large: Descriptor }> {
  const blob = (text: string | Buffer): Promise<Descriptor> =>
    put(repository.content, Buffer.from(text), { mediaType: 'application/octet-stream' });
  const large = await blob(mixedBytes(3_000_000));
  const layers = [large];
  for (let at = 0; at < small; at++) layers.push(await blob(`blob ${at}`));
  const config = await put(repository.content, Buffer.from('{}'), { mediaType: mediaTypes.ociEmpty });
  const mediaType = mediaTypes.ociManifest;
  const artifactType = 'application/x-sample';
  return {
    artifact: await writeManifest(repository, { schemaVersion: 2, mediaType, artifactType, config, layers }),
    large,
  };
}

function withOpen(repository: Repository, open: ContentStore['open']): Repository {
  return { ...repository, content: { ...repository.content, open } };
}

test('an archive goes on where its source broke off, and has the same bytes', async () => {
  const source = createMemoryRepository();
  const { artifact, large } = await sample(source, 40);
  const expected = await collect(saveOciArchive(source, [{ from: artifact }]), whole);
  const starts: number[] = [];
  const breaking = withOpen(source, async (target, io) => {
    const bytes = await source.content.open(target, io);
    if (digestOfTarget(target) !== large.digest) return bytes;
    starts.push(io?.range?.start ?? 0);
    return starts.length > 2 ? bytes : broken(bytes);
  });
  async function* broken(bytes: Bytes): Bytes {
    yield* slice(bytes, { start: 0, end: 1_200_000 });
    throw new LadingError('REGISTRY_UNREACHABLE', 'it broke off', { transient: true });
  }
  assert.ok((await collect(saveOciArchive(breaking, [{ from: artifact }]), whole)).equals(expected));
  assert.deepEqual(starts, [0, 1_200_000, 2_400_000]);
});

test('an archive ends with COPY_FAILED when its source fails for good, whichever blob it is', async () => {
  const source = createMemoryRepository('the source');
  const { artifact, large } = await sample(source, 40);
  const blobs = await Array.fromAsync(source.content.list(), ({ digest }) => digest);
  for (const digest of [large.digest, ...blobs.filter((each) => each !== artifact.digest).slice(0, 8)]) {
    const failing = withOpen(source, async (target, io) => {
      if (digestOfTarget(target) === digest) throw new Error('no');
      return source.content.open(target, io);
    });
    await assert.rejects(collect(saveOciArchive(failing, [{ from: artifact }]), whole), (error) => {
      assert.ok(isLadingError(error, 'COPY_FAILED'), String(error));
      assert.deepEqual([error.details.side, error.details.digest], ['source', digest]);
      return true;
    });
  }
});

test('an archive ends with DIGEST_MISMATCH or SIZE_MISMATCH when what a source has is wrong', async () => {
  const source = createMemoryRepository();
  const { artifact, large } = await sample(source, 3);
  const changes = { DIGEST_MISMATCH: Buffer.alloc(large.size), SIZE_MISMATCH: Buffer.alloc(large.size + 1) };
  for (const [code, bytes] of Object.entries(changes)) {
    const wrong = withOpen(source, async (target, io) =>
      digestOfTarget(target) === large.digest ? fromBuffer(bytes) : source.content.open(target, io),
    );
    await assert.rejects(collect(saveOciArchive(wrong, [{ from: artifact }]), whole), (error) =>
      isLadingError(error, code as 'DIGEST_MISMATCH'),
    );
  }
});

test('an archive that nobody reads any more, or that is interrupted, lets go of its source', async () => {
  const source = createMemoryRepository();
  const { artifact } = await sample(source, 40);
  let open = 0;
  const counted = withOpen(source, async (target, io) => {
    const bytes = await source.content.open(target, io);
    return (async function* () {
      open++;
      try {
        yield* bytes;
      } finally {
        open--;
      }
    })();
  });
  for (const chunks of [1, 2, 4]) {
    let seen = 0;
    for await (const _ of saveOciArchive(counted, [{ from: artifact }])) if (++seen === chunks) break;
    assert.equal(open, 0);
    const stop = new AbortController();
    const interruptedCopy = async (): Promise<void> => {
      let seen = 0;
      for await (const _ of saveOciArchive(counted, [{ from: artifact }], { signal: stop.signal })) {
        if (++seen === chunks) stop.abort();
      }
    };
    await assert.rejects(interruptedCopy(), (error) => isLadingError(error, 'INTERRUPTED'));
    assert.equal(open, 0);
  }
});
