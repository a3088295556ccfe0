import assert from 'node:assert/strict';
import { chmod, writeFile } from 'node:fs/promises';
import { type TestContext, test } from 'node:test';
import type { Digest } from '@lading/oci';
import type { ContentStore } from '@lading/store';
import { pushImage } from '../testing/test-access.ts';
import { startTestRegistry, type TestRegistry } from '../testing/test-registry.ts';
import type { UpstreamConfig } from '../upstream/upstream-config.ts';
import { openPeers } from './peers.ts';
import { type ScrubReport, scrub } from './scrub.ts';

/** Bits turn where the digest lies. */
async function damage(content: ContentStore, digest: string): Promise<void> {
  const path = content.localPath?.(digest as Digest) ?? '';
  await chmod(path, 0o644);
  await writeFile(path, 'rotten');
}

async function scrubbed(t: TestContext, local: TestRegistry, replica: string | undefined): Promise<ScrubReport> {
  const upstreams: UpstreamConfig[] =
    replica === undefined
      ? []
      : [{ prefix: '', registry: replica, path: '', repositories: ['**'], freshMs: 0, absentMs: 0, patienceMs: 0 }];
  const peers = openPeers({ upstreams, replication: [] });
  t.after(() => peers.close());
  const { signal } = new AbortController();
  return scrub({ ...local, peers, signal, onProgress: () => {} });
}

test('rotten blobs and manifests are moved aside and brought again from a replica', async (t) => {
  const [local, replica] = [await startTestRegistry(t), await startTestRegistry(t)];
  const image = await pushImage(local.url, 'team/app', 'v1', {});
  await pushImage(replica.url, 'team/app', 'v1', {});
  await damage(local.content, image.layer);
  await damage(local.content, image.digest);
  const report = await scrubbed(t, local, replica.host);
  assert.deepEqual([report.damaged, report.healed, report.lost], [2, 2, []]);
  const layer = await fetch(`${local.url}/v2/team/app/blobs/${image.layer}`);
  assert.equal(await layer.text(), 'layer of team/app');
  assert.equal((await scrubbed(t, local, replica.host)).damaged, 0);
});

test('what nobody else has is named with its repositories, is not handed out, and can be pushed again', async (t) => {
  const local = await startTestRegistry(t);
  const image = await pushImage(local.url, 'team/app', 'v1', {});
  await damage(local.content, image.layer);
  const { lost } = await scrubbed(t, local, undefined);
  assert.deepEqual(
    lost.map(({ digest, problem, repositories }) => [digest, problem, repositories]),
    [[image.layer, 'digest', ['team/app']]],
  );
  assert.equal((await fetch(`${local.url}/v2/team/app/blobs/${image.layer}`)).status, 404);
  await pushImage(local.url, 'team/app', 'v1', {});
  assert.equal((await fetch(`${local.url}/v2/team/app/blobs/${image.layer}`)).status, 200);
});

test('a store that cannot move content aside is given the right content in the place of the damaged one', async (t) => {
  const [local, replica] = [await startTestRegistry(t), await startTestRegistry(t)];
  const image = await pushImage(local.url, 'app', 'v1', {});
  await pushImage(replica.url, 'app', 'v1', {});
  await damage(local.content, image.layer);
  const { content } = local;
  // As a bucket: without a way to look at files.
  const plain: ContentStore = {
    stat: (target, io) => content.stat(target, io),
    open: (target, io) => content.open(target, io),
    begin: (options) => content.begin(options),
    delete: (digest, io) => content.delete(digest, io),
    list: (io) => content.list(io),
    lease: (digests, ttlMs) => content.lease(digests, ttlMs),
  };
  const report = await scrubbed(t, { ...local, content: plain }, replica.host);
  assert.deepEqual([report.blobs, report.damaged, report.healed], [3, 1, 1]);
  const layer = await fetch(`${local.url}/v2/app/blobs/${image.layer}`);
  assert.equal(await layer.text(), 'layer of app');
});
