import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { test } from 'node:test';
import { openCatalog } from '@lading/catalog';
import { Secret } from '@lading/errors';
import { createMemoryJournal, createMemoryStore } from '@lading/store';
import { openS3Journal, openS3Store } from '@lading/store/s3';
import { findS3Server, runS3Server, s3ServerReason, skipUnless } from '@lading/testkit';
import { openPeers } from '../scrub/peers.ts';
import { scrub } from '../scrub/scrub.ts';
import { pushImage } from '../testing/test-access.ts';
import { startTestRegistry } from '../testing/test-registry.ts';
import { backUp } from './backup.ts';
import { missingContent, restore } from './restore.ts';

test('a registry is saved to a bucket and brought back from it; a scrub reads what lies there', async (t) => {
  const program = findS3Server();
  if (!skipUnless(t, program !== undefined, s3ServerReason) || program === undefined) return;
  const server = await runS3Server(program);
  t.after(() => server.stop());
  const options = {
    endpoint: server.endpoint,
    region: server.region,
    bucket: server.bucket,
    prefix: randomUUID(),
    credentials: { accessKeyId: server.accessKeyId, secretAccessKey: new Secret(server.secretAccessKey) },
  };
  const to = { content: await openS3Store(options), journal: await openS3Journal(options) };
  t.after(async () => {
    await to.journal.close();
    await to.content.close();
  });

  const from = { content: createMemoryStore(), journal: createMemoryJournal() };
  const catalog = await openCatalog({ path: ':memory:', ...from });
  const registry = await startTestRegistry(t, { ...from, catalog });
  await pushImage(registry.url, 'team/app', 'v1', {});
  assert.equal((await backUp({ from, to })).contents, 3);
  await pushImage(registry.url, 'team/app', 'v2', {});
  await pushImage(registry.url, 'other', 'v1', {});
  const second = await backUp({ from, to, prune: true });
  assert.deepEqual([second.contents, second.pruned, second.damaged], [2, 0, []]);

  const restored = { content: createMemoryStore(), journal: createMemoryJournal() };
  await restore({ from: to, to: restored });
  const rebuilt = await openCatalog({ path: ':memory:', ...restored });
  t.after(() => rebuilt.close());
  assert.deepEqual(await Array.fromAsync(rebuilt.references('team/app').tags()), ['v1', 'v2']);
  assert.deepEqual(await Array.fromAsync(missingContent(rebuilt, restored.content)), []);

  const peers = openPeers({ upstreams: [], replication: [] });
  const { signal } = new AbortController();
  const report = await scrub({ catalog, content: to.content, peers, signal, onProgress: () => {} });
  assert.deepEqual([report.blobs, report.damaged], [5, 0]);
});
