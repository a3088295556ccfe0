import assert from 'node:assert/strict';
import { chmod, readFile, writeFile } from 'node:fs/promises';
import { type TestContext, test } from 'node:test';
import { type Bytes, tap } from '@lading/bytes';
import { isLadingError, LadingError } from '@lading/errors';
import type { Descriptor } from '@lading/oci';
import {
  createMemoryRepository,
  type DirectoryStore,
  type OpenOptions,
  openDirectoryStore,
  type Repository,
  type Target,
} from '@lading/store';
import { temporaryFolder } from '@lading/testkit';
import { collected, type FileTree, fileTree, tarOf, updated } from '../seekable/testing/file-tree.ts';
import { writeImage } from '../write-image.ts';
import { writeLayer } from '../write-layer.ts';
import { copy } from './copy.ts';

const tree = fileTree(80);

async function imageOf(repository: Repository, files: FileTree): Promise<{ image: Descriptor; layer: Descriptor }> {
  const { descriptor: layer, diffId } = await writeLayer(repository, tarOf(files));
  const config = { os: 'linux', architecture: 'amd64', rootfs: { type: 'layers', diff_ids: [diffId] } } as const;
  return { image: await writeImage(repository, { config, layers: [layer] }), layer };
}

interface Scene {
  readonly source: Repository;
  readonly target: Repository & { readonly content: DirectoryStore };
  readonly update: { readonly image: Descriptor; readonly layer: Descriptor };
  readonly similar: (layer: Descriptor) => AsyncIterable<Descriptor>;
  readonly before: Descriptor;
}

/** An image that was pulled into a folder, and its update at the source. `open` stands between the copy and the source. */
async function scene(t: TestContext, open?: (bytes: Bytes, io: OpenOptions) => Bytes): Promise<Scene> {
  const origin = createMemoryRepository('remote');
  const target = { ...createMemoryRepository('local'), content: await openDirectoryStore(await temporaryFolder(t)) };
  const { image, layer } = await imageOf(origin, tree);
  await copy(origin, target, { from: image });
  const update = await imageOf(origin, updated(tree));
  const content = {
    ...origin.content,
    open: async (wanted: Target, io: OpenOptions = {}): Promise<Bytes> => {
      const bytes = await origin.content.open(wanted, io);
      return open === undefined ? bytes : open(bytes, io);
    },
  };
  const similar = async function* () {
    yield layer;
  };
  return { source: { ...origin, content }, target, update, similar, before: layer };
}

test('copy() takes from similar layers at the target what they have of a layer', async (t) => {
  const { source, target, update, similar } = await scene(t);
  const { transferredBytes, reusedBytes } = await copy(source, target, { from: update.image, similar });
  const { size } = update.layer;
  assert.ok(
    transferredBytes < size / 4 && reusedBytes > (size * 3) / 4,
    `${transferredBytes}, ${reusedBytes} of ${size}`,
  );
  const there = await collected(await target.content.open(update.layer));
  assert.ok(there.equals(await collected(await source.content.open(update.layer))));
});

test('copy() takes the whole layer when a similar one is damaged', async (t) => {
  const { source, target, update, similar, before } = await scene(t);
  const path = target.content.localPath(before.digest);
  const bytes = await readFile(path);
  for (let at = 5000; at < bytes.length - 10_000; at += 20_000) bytes[at] = (bytes[at] as number) ^ 1;
  await chmod(path, 0o644);
  await writeFile(path, bytes);
  const result = await copy(source, target, { from: update.image, similar });
  assert.ok(result.transferredBytes >= update.layer.size);
  await collected(await target.content.open(update.layer));
});

test('copy() goes on where it was when the source breaks off between the pieces', async (t) => {
  let ranges = 0;
  const { source, target, update, similar } = await scene(t, (bytes, { range }) => {
    // The first two read the table.
    if (range === undefined || ++ranges !== 5) return bytes;
    return tap(bytes, () => {
      throw new LadingError('REGISTRY_UNREACHABLE', 'the connection was reset', { transient: true });
    });
  });
  const { transferredBytes } = await copy(source, target, { from: update.image, similar });
  assert.ok(ranges > 6);
  assert.ok(transferredBytes < update.layer.size / 4, `${transferredBytes} bytes`);
});

test('copy() of what the source has lost is COPY_FAILED also in parts', async (t) => {
  const { source, target, update, similar } = await scene(t);
  await source.content.delete(update.layer.digest);
  await assert.rejects(copy(source, target, { from: update.image, similar }), (error) =>
    isLadingError(error, 'COPY_FAILED'),
  );
});
