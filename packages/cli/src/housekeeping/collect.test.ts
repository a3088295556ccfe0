import assert from 'node:assert/strict';
import { utimes } from 'node:fs/promises';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import type { CacheFile } from '@lading/builder/cache';
import { fromBuffer } from '@lading/bytes';
import { isLadingError } from '@lading/errors';
import { copy, openImage, writeImage, writeLayer } from '@lading/image';
import { type Digest, digestOf, mediaTypes, parsePlatform } from '@lading/oci';
import { createMemoryRepository, type Repository } from '@lading/store';
import { writeTar } from '@lading/tar';
import { mixedBytes, skipUnless, temporaryFolder } from '@lading/testkit';
import { type Home, openHome } from '../home.ts';
import { formatSpan, parseDuration, parseSize } from './amounts.ts';
import { chooseCache } from './choose-cache.ts';
import { collectLocal } from './collect.ts';
import { excess, marksOf } from './disk.ts';
import { relieve } from './relieve.ts';
import type { Retention } from './settings.ts';

const { signal } = new AbortController();
const nothingStays: Retention = { undoMs: 0, graceMs: 0, partialMs: 0, cacheMaxAgeMs: 0, cacheMaxSize: 0 };

async function openedHome(t: Parameters<typeof temporaryFolder>[0]): Promise<Home> {
  const home = await openHome(join(await temporaryFolder(t), 'home'));
  t.after(() => home.close());
  return home;
}

/** An image with a layer that all have and one of its own. */
async function imageIn(repository: Repository, name: string, size = 20_000): Promise<Digest> {
  const layers = await Promise.all(
    ['shared', name].map((path) => {
      const content = path === 'shared' ? Buffer.from(path) : Buffer.from(mixedBytes(size)).fill(path, 0, path.length);
      const file = { path, type: 'file', mode: 0o644, uid: 0, gid: 0, size: content.length, mtime: 0 } as const;
      return writeLayer(repository, writeTar([{ ...file, content: fromBuffer(content) }]));
    }),
  );
  const written = await writeImage(repository, {
    config: {
      architecture: 'amd64',
      os: 'linux',
      config: {},
      rootfs: { type: 'layers', diff_ids: layers.map(({ diffId }) => diffId) },
    },
    layers: layers.map(({ descriptor }) => descriptor),
  });
  return written.digest;
}

/** Fails when a name leads to anything that is not whole. */
async function assertWhole(home: Home): Promise<void> {
  const missing: Digest[] = [];
  for (const { digest } of await home.catalog.holdings()) {
    if ((await home.content.stat(digest)) === undefined) missing.push(digest);
  }
  assert.deepEqual(missing, [], 'a name without its content');
}

/** Makes everything a day old, as if it had been lying there without a name. */
async function age(home: Home): Promise<void> {
  const past = new Date(Date.now() - 86_400_000);
  for await (const { digest } of home.content.list()) await utimes(home.content.localPath(digest), past, past);
  const database = new DatabaseSync(join(home.folder, 'catalog.sqlite'));
  database.prepare('UPDATE manifests SET recorded_at = ?').run(past.toISOString());
  database.prepare('UPDATE tag_history SET at = ?').run(past.toISOString());
  database.close();
}

test('collectLocal() beside copies that find what it is about to remove never takes what a name needs', async (t) => {
  const home = await openedHome(t);
  // Other processes have their own connections and their own view of the folder.
  const other = await openHome(home.folder);
  t.after(() => other.close());
  const source = createMemoryRepository('source');
  const digests = await Promise.all(Array.from({ length: 4 }, (_, n) => imageIn(source, `image ${n}`)));
  const retention = { ...nothingStays, undoMs: 3_600_000, graceMs: 3_600_000 };
  const rounds = process.env.CI === 'true' ? 150 : 15;
  let [found, removed] = [0, 0];
  // Copies begin at any moment of a collection, however long it takes on this machine at this time.
  let collectionMs = 10;
  for (let round = 0; round < rounds; round++) {
    const started = performance.now();
    for (const { repository, tag = '' } of await home.catalog.names()) await home.catalog.removeTag(repository, tag);
    await age(home);
    const copies = digests.flatMap((from, n) =>
      [home, other].map(async (to, m) => {
        await sleep((((round * (1 + n + m)) % 13) / 13) * collectionMs);
        const { contents } = await copy(source, to.repository(`docker.io/library/r${m}`), { from, to: `t${n}` });
        found += contents.present;
      }),
    );
    const collections = [home, other].map(async (of) => {
      const { manifests, layers } = await collectLocal(of, retention, { signal });
      removed += manifests.count + layers.count;
      collectionMs = performance.now() - started;
    });
    await Promise.all([...copies, ...collections]);
    assert.equal((await home.catalog.names()).length, 2 * digests.length);
    await assertWhole(home);
  }
  t.diagnostic(`${rounds} rounds: ${found} found, ${removed} removed`);
  assert.ok(found > 0 && removed > 0, 'both sides had their turns');
});

test('collectLocal() that breaks off between names and content leaves content, and the next one takes it', async (t) => {
  const home = await openedHome(t);
  const repository = home.repository('docker.io/library/app');
  const digest = await imageIn(repository, 'app');
  await home.catalog.pin(repository.name, digest);
  await home.catalog.unpin(repository.name, digest);
  await sleep(5);
  // As if it was killed after its transaction.
  await home.catalog.sweep({ undoSince: new Date(), recordedSince: new Date() });
  assert.equal((await Array.fromAsync(home.content.list())).length, 4);
  const collected = await collectLocal(home, nothingStays, { signal });
  assert.equal(collected.layers.count, 4);
  assert.deepEqual(await Array.fromAsync(home.content.list()), []);
});

test('relieve() stops at the low mark, and takes what can be undone only when forced', async (t) => {
  const home = await openedHome(t);
  const repository = home.repository('docker.io/library/app');
  const digest = await imageIn(repository, 'app');
  await home.catalog.pin(repository.name, digest);
  await home.catalog.unpin(repository.name, digest);
  const retention = { ...nothingStays, undoMs: 60_000 };
  const sizes = async (): Promise<number> =>
    (await Array.fromAsync(home.content.list())).reduce((sum, { size }) => sum + size, 0);
  const all = await sizes();
  const read = async () => ({ total: 10 * all, free: 10 * all - (await sizes()) });
  const marks = { high: { freeBytes: 10 * all }, low: { freeBytes: 10 * all } };
  const options = { marks, read, signal };
  assert.equal((await relieve(home, retention, { ...options, marks: marksOf({}) })).needed, false);
  assert.equal((await relieve(home, retention, options)).collected.length, 3, 'tried all, and could free nothing');
  assert.equal(await sizes(), all);
  const forced = await relieve(home, retention, { ...options, force: true });
  assert.equal(excess(forced.after, marks.low), 0);
  assert.equal(await sizes(), 0);
});

test('collectLocal() keeps the snapshots of images that are here, and removes them with the image', async (t) => {
  const home = await openedHome(t);
  const repository = home.repository('docker.io/library/app');
  const digest = await imageIn(repository, 'app');
  await home.catalog.pin(repository.name, digest);
  const snapshots = await home.snapshots().catch((error: unknown) => {
    if (!isLadingError(error, 'RUNTIME_UNAVAILABLE')) throw error;
    skipUnless(t, false, `containers: ${error.message}`);
    return undefined;
  });
  if (snapshots === undefined) return;
  const { layers } = await openImage(repository, digest, { platform: parsePlatform('linux/amd64') });
  const top = await snapshots.ensure(
    layers.map((layer) => ({ diffId: layer.diffId, open: () => layer.uncompressed({ signal }) })),
  );
  await sleep(5);
  assert.equal((await collectLocal(home, nothingStays, { signal })).snapshots.count, 0);
  await home.catalog.unpin(repository.name, digest);
  await sleep(5);
  const planned = await collectLocal(home, nothingStays, { signal, dryRun: true });
  const collected = await collectLocal(home, nothingStays, { signal });
  assert.deepEqual(collected, planned);
  assert.equal(collected.snapshots.count, 2);
  assert.ok(collected.snapshots.size > 20_000, 'about what they take');
  assert.equal(await snapshots.find(top.chainId), undefined);
});

test('chooseCache() gives up what is old, then the least recently used, and never what is in use', () => {
  const layer = (name: string) => ({
    descriptor: { mediaType: mediaTypes.ociLayerGzip, digest: digestOf(name), size: 100 },
    diffId: digestOf(`tar of ${name}`),
  });
  const file = (path: string, usedAt: number, name?: string): CacheFile => ({
    kind: 'step',
    path,
    size: 1,
    usedAt: new Date(usedAt),
    ...(name === undefined ? {} : { layer: layer(name) }),
  });
  const cacheFiles = [file('a', 10, 'x'), file('b', 40, 'x'), file('c', 30, 'y'), file('d', 20, 'of an image')];
  const blobs = new Map(
    ['x', 'y', 'of an image'].map((name) => [digestOf(name), { digest: digestOf(name), size: 100 }]),
  );
  const survey = {
    cacheFiles,
    blobs,
    keeperOf: (digest: Digest) => (digest === digestOf('of an image') ? ('images' as const) : ('cache' as const)),
  };
  const choose = (usedSince: number, maxSize: number, inUseSince = 100): string =>
    chooseCache(survey, { usedSince: new Date(usedSince), maxSize, inUseSince: new Date(inUseSince) })
      .map(({ path }) => path)
      .join('');
  assert.equal(choose(0, 1000), '');
  assert.equal(choose(25, 1000), 'da');
  assert.equal(choose(0, 202), 'da', 'layers count once, and not those of images');
  assert.equal(choose(0, 101), 'cda');
  assert.equal(choose(0, 0), 'bcda');
  assert.equal(choose(0, 0, 35), 'cda');
});

test('amounts and marks read what people write, and refuse the rest', () => {
  assert.deepEqual(
    ['0', '90s', '30m', '24h', '7d', '1.5h'].map((text) => parseDuration(text, 'x')),
    [0, 90_000, 1_800_000, 86_400_000, 604_800_000, 5_400_000],
  );
  assert.deepEqual(
    ['0', '10GB', '1.5 MB', '2gib', '7B'].map((text) => parseSize(text, 'x')),
    [0, 10e9, 1.5e6, 2 ** 31, 7],
  );
  for (const text of ['', '5', 'd', '-1d', '7 days', '1e3s'])
    assert.throws(() => parseDuration(text, 'x'), /Cannot use x/);
  for (const text of ['', '5', 'GB', '5XB', '101%'])
    assert.throws(() => marksOf({ LADING_DISK_HIGH: text || '?' }), /LADING_DISK_HIGH/);
  assert.deepEqual([0, 90_000, 86_400_000, 604_800_000, 7_200_000].map(formatSpan), [
    '0 s',
    '90 s',
    '1 day',
    '7 days',
    '2 h',
  ]);
  const { high, low } = marksOf({});
  assert.deepEqual([high, low], [{ usedPercent: 90 }, { usedPercent: 80 }]);
  assert.equal(excess({ total: 1000, free: 50 }, high), 50);
  assert.equal(excess({ total: 1000, free: 50 }, low), 150);
  assert.equal(excess({ total: 1000, free: 500 }, marksOf({ LADING_DISK_HIGH: '400B' }).high), 0);
});
