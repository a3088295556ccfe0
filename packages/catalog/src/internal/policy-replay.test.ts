import assert from 'node:assert/strict';
import { join } from 'node:path';
import { test } from 'node:test';
import { type Descriptor, digestOf } from '@lading/oci';
import { temporaryFolder } from '@lading/testkit';
import type { Database } from '../database/database.ts';
import { openCatalog } from '../open-catalog.ts';
import { opened, placeFor, recorded } from '../testing/lively-catalog.ts';
import { linkBlob } from './blobs.ts';
import { removeManifest } from './manifests.ts';
import { expireTrash } from './trash.ts';

async function tablesOf(database: Database): Promise<unknown> {
  const queries = {
    trash:
      'SELECT r.name, t.digest, t.size, t.media_type, t.tags, t.at, t.actor FROM trash t JOIN repositories r ON r.id = t.repository_id ORDER BY r.name, t.digest',
    parts:
      'SELECT r.name, p.manifest, p.digest, p.kind FROM trash_parts p JOIN repositories r ON r.id = p.repository_id ORDER BY r.name, p.manifest, p.digest',
    quarantine: 'SELECT * FROM quarantine ORDER BY digest',
    quarantined: 'SELECT * FROM quarantined ORDER BY digest, cause',
    deprecations: 'SELECT * FROM deprecations ORDER BY repository, reference',
    usage:
      'SELECT r.name, u.bytes, u.exclusive_bytes, u.blobs, u.manifests FROM repository_usage u LEFT JOIN repositories r ON r.id = u.repository_id WHERE u.bytes > 0 ORDER BY r.name',
    reviews:
      'SELECT r.name, v.digest, v.since FROM reviews v LEFT JOIN repositories r ON r.id = v.repository_id ORDER BY r.name, v.digest',
    purges: 'SELECT * FROM purges ORDER BY id',
    receipts: 'SELECT * FROM receipts ORDER BY id',
    version: 'SELECT version FROM cautions_version',
  };
  const tables: Record<string, unknown> = {};
  for (const [name, sql] of Object.entries(queries)) {
    tables[name] = (await database.all(sql)).map((row) => ({ ...row }));
  }
  return tables;
}

test('a replay of the journal gives the same trash, quarantine, deprecations, usage, reviews and receipts', async (t) => {
  const place = await placeFor(t);
  const catalog = await opened(t, place);
  const by = { name: 'user:ann' };
  const manifests: Descriptor[] = [];
  for (const name of ['a', 'b', 'c', 'd']) manifests.push(await recorded(catalog, place, name));
  const [a, b, c, d] = manifests as [Descriptor, Descriptor, Descriptor, Descriptor];
  const write = catalog.ledger.write;
  for (const repository of ['team/app', 'other']) {
    await write(by, (page) => linkBlob(page, repository, digestOf('{}'), 2));
  }
  await catalog.references('team/app').tag('latest', a);
  for (const { digest } of [a, b])
    await write(by, (page) => removeManifest(page, 'team/app', digest, { restorable: true }));
  await write(by, (page) => removeManifest(page, 'team/app', c.digest, { restorable: false }));
  await write(by, (page) => expireTrash(page, 'team/app', b.digest));
  await write(by, (page) => page.enter({ kind: 'content.quarantined', digest: digestOf('{}'), reason: 'bad' }));
  await write(by, (page) => page.enter({ kind: 'content.quarantined', digest: d.digest, reason: 'bad' }));
  await write(by, (page) => page.enter({ kind: 'content.released', digest: d.digest }));
  for (const reference of [undefined, '1', d.digest]) {
    const after = '2027-01-01T00:00:00.000Z';
    await write(by, (page) =>
      page.enter({ kind: 'deprecation.set', repository: 'other', reference, after, message: '' }),
    );
  }
  await write(by, (page) => page.enter({ kind: 'deprecation.lifted', repository: 'other', reference: '1' }));
  await write(by, (page) =>
    page.enter({ kind: 'content.purged', purge: 'one', digests: [c.digest], manifests: [], reason: 'secret' }),
  );
  await write(by, (page) => page.enter({ kind: 'purge.completed', purge: 'one', receipt: '{}' }));
  const before = await tablesOf(catalog.database);

  const anew = await openCatalog({ ...place, path: join(await temporaryFolder(t), 'anew.sqlite') });
  t.after(() => anew.close());
  assert.deepEqual(await tablesOf(anew.database), before);
});

test('a manifest that is recorded again leaves the trash', async (t) => {
  const place = await placeFor(t);
  const catalog = await opened(t, place);
  const a = await recorded(catalog, place, 'a');
  await catalog.ledger.write(undefined, (page) => removeManifest(page, 'team/app', a.digest, { restorable: true }));
  const count = async (): Promise<unknown> => (await catalog.database.get('SELECT count(*) AS n FROM trash_parts'))?.n;
  assert.equal(await count(), 1);
  const again = await recorded(catalog, place, 'a');
  assert.equal(again.digest, a.digest);
  assert.equal(await count(), 0);
});
