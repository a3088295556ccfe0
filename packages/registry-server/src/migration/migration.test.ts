import assert from 'node:assert/strict';
import { readdir, rm, truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { type Catalog, openCatalog, verifyJournal } from '@lading/catalog';
import { copy } from '@lading/image';
import { openRegistry } from '@lading/registry-client';
import {
  createMemoryJournal,
  type DirectoryStore,
  type Journal,
  openDirectoryJournal,
  openDirectoryStore,
} from '@lading/store';
import { startDockerRegistry, temporaryFolder } from '@lading/testkit';
import { pushImage } from '../testing/test-access.ts';
import { startTestRegistry } from '../testing/test-registry.ts';
import { backUp } from './backup.ts';
import { copyJournal } from './copy-journal.ts';
import { importDistribution } from './import-distribution.ts';
import { missingContent, restore } from './restore.ts';

interface OpenedStorage {
  readonly content: DirectoryStore;
  readonly journal: Journal;
}

async function storageIn(t: TestContext, folder?: string): Promise<OpenedStorage> {
  const root = folder ?? (await temporaryFolder(t));
  const journal = await openDirectoryJournal(join(root, 'journal'));
  t.after(() => journal.close());
  return { content: await openDirectoryStore(join(root, 'content')), journal };
}

/** Everything that names say, in every repository. */
async function told(catalog: Catalog): Promise<unknown> {
  const all: unknown[] = [];
  for await (const repository of catalog.repositories()) {
    for await (const { name, descriptor } of catalog.tags(repository)) {
      all.push([repository, name, descriptor, await catalog.tagHistory(repository, name)]);
    }
  }
  return all;
}

test('a registry that is restored from a backup, which was brought up to date while it ran, has the same tags and history', async (t) => {
  const from = await storageIn(t);
  const catalog = await openCatalog({ path: ':memory:', ...from });
  const registry = await startTestRegistry(t, { ...from, catalog });
  await pushImage(registry.url, 'team/app', 'v1', {});
  const to = await storageIn(t);
  const first = await backUp({ from, to });
  assert.ok(first.contents === 3 && first.batches > 0 && first.damaged.length === 0);
  const again = await backUp({ from, to });
  assert.deepEqual([again.contents, again.batches], [0, 0]);

  await pushImage(registry.url, 'other', 'v1', {});
  await pushImage(registry.url, 'team/app', 'v2', {});
  await catalog.removeTag('team/app', 'v1');
  const second = await backUp({ from, to, prune: true });
  assert.ok(second.contents === 2 && second.batches > 0, JSON.stringify(second));

  const restored = await storageIn(t);
  assert.equal((await restore({ from: to, to: restored })).damaged.length, 0);
  const rebuilt = await openCatalog({ path: ':memory:', ...restored });
  t.after(() => rebuilt.close());
  assert.deepEqual(await told(rebuilt), await told(catalog));
  assert.deepEqual(await Array.fromAsync(missingContent(rebuilt, restored.content)), []);
  assert.equal((await verifyJournal(restored.journal)).damage, undefined);
  // Of a restore that was broken off.
  await restore({ from: to, to: restored });
});

test('what rotted is not saved but named; a backup of another registry, or a registry that is not empty, is left alone', async (t) => {
  const from = await storageIn(t);
  const catalog = await openCatalog({ path: ':memory:', ...from });
  const registry = await startTestRegistry(t, { ...from, catalog });
  const { layer } = await pushImage(registry.url, 'app', 'v1', {});
  const path = from.content.localPath(layer as never);
  await rm(path);
  await writeFile(path, 'rotten');
  const to = await storageIn(t);
  assert.deepEqual((await backUp({ from, to })).damaged, [layer]);
  const rebuilt = await openCatalog({ path: ':memory:', ...to });
  t.after(() => rebuilt.close());
  const missing = await Array.fromAsync(missingContent(rebuilt, to.content));
  assert.deepEqual(missing, [{ digest: layer, repositories: ['app'] }]);

  const stranger = await storageIn(t);
  const other = await openCatalog({ path: ':memory:', ...stranger });
  t.after(() => other.close());
  await other.linkBlob('x', layer as never, 1);
  await assert.rejects(backUp({ from: stranger, to }), { code: 'BACKUP_INVALID' });
  await assert.rejects(restore({ from: to, to: stranger }), { code: 'BACKUP_INVALID' });
});

test('a journal is gone on with from its last batch, however long it is', async () => {
  for (const length of [0, 1, 2, 3, 7, 8, 9, 100]) {
    const [from, to] = [createMemoryJournal(), createMemoryJournal()];
    for (let first = 1, count = 0; count < length + 5; count++, first += 1 + (count % 3)) {
      const batch = { first, bytes: Buffer.from(JSON.stringify([{ hash: `${count}` }])) };
      await from.append(batch);
      if (count < length) await to.append(batch);
    }
    assert.deepEqual(await copyJournal(from, to), { batches: 5, replaced: 0 });
    assert.deepEqual(await Array.fromAsync(to.read(1)), await Array.fromAsync(from.read(1)));
  }
});

test('what a docker-registry has kept is taken over: images, tags, and a report of what is damaged; twice changes nothing', async (t) => {
  const distribution = await startDockerRegistry(t);
  if (distribution === undefined) return;
  const source = await startTestRegistry(t);
  const first = await pushImage(source.url, 'team/app', 'v1', {});
  await pushImage(source.url, 'team/app', 'latest', {});
  const broken = await pushImage(source.url, 'deep/er/name', 'v1', {});
  const gone = await pushImage(source.url, 'gone', 'v1', {});
  for (const [repository, tag] of [
    ['team/app', 'v1'],
    ['team/app', 'latest'],
    ['deep/er/name', 'v1'],
    ['gone', 'v1'],
  ] as const) {
    const [from, to] = [openRegistry({ registry: source.host }), openRegistry({ registry: distribution.host })];
    await copy(from.repository(repository), to.repository(repository), { from: tag, to: tag });
    await Promise.all([from.close(), to.close()]);
  }
  const data = join(distribution.folder, 'data');
  const blob = (digest: string): string => {
    const hex = digest.slice('sha256:'.length);
    return join(data, 'docker/registry/v2/blobs/sha256', hex.slice(0, 2), hex, 'data');
  };
  await truncate(blob(broken.layer), 3);
  await rm(blob(gone.digest));

  const registry = await startTestRegistry(t);
  const by = { name: 'import' };
  const report = await importDistribution({ path: data, ...registry, by });
  assert.deepEqual(
    [report.repositories, report.manifests, report.tags, report.blobs],
    [3, 2, 3, 2],
    JSON.stringify(report),
  );
  assert.deepEqual(
    report.problems.map(({ repository, name, problem }) => [repository, name, problem]),
    [
      ['deep/er/name', broken.layer, 'damaged'],
      ['gone', gone.digest, 'absent'],
      ['gone', 'v1', 'dangling'],
    ],
  );
  const layer = await fetch(`${registry.url}/v2/team/app/blobs/${first.layer}`);
  assert.equal(await layer.text(), 'layer of team/app');
  const list = await fetch(`${registry.url}/v2/team/app/tags/list`);
  assert.deepEqual(await list.json(), { name: 'team/app', tags: ['latest', 'v1'] });

  const before = await registry.catalog.ledger.position();
  const again = await importDistribution({ path: data, ...registry, by });
  assert.deepEqual([again.manifests, again.blobs, again.problems.length], [0, 0, 3]);
  assert.equal(await registry.catalog.ledger.position(), before);
  await assert.rejects(importDistribution({ path: join(data, 'docker'), ...registry, by }), { code: 'IMPORT_INVALID' });
  assert.ok((await readdir(data)).length > 0);
});
