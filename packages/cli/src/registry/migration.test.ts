import assert from 'node:assert/strict';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { isLongRun } from '@lading/testkit';
import { openSandbox, startServe } from '../testing/lading.ts';
import { writeSampleLayout } from '../testing/sample-layout.ts';

test('a registry is saved while it runs, brought back elsewhere with its tags and history, and is a cache and a replica of another', async (t) => {
  if (!isLongRun(t)) return;
  const sandbox = await openSandbox(t);
  const first = await startServe(t, sandbox);
  await writeSampleLayout(join(sandbox.folder, 'layout'));
  await sandbox.out('copy', 'oci:layout:amd64', `${first.host}/team/app:1`);
  const told = async (host: string, repository = 'team/app'): Promise<unknown> => [
    await sandbox.json('registry', 'tags', repository, '--registry', host),
    await sandbox.json('registry', 'history', `${repository}:1`, '--registry', host),
  ];
  await sandbox.out('registry', 'backup', '--to', 'saved', '--check');
  const again = (await sandbox.json('registry', 'backup', '--to', 'saved')) as { contents: number };
  assert.equal(again.contents, 0);

  await sandbox.out('registry', 'restore-backup', '--from', 'saved', '--root', 'other');
  const config = `upstreams:
  - {prefix: hub, url: "http://${first.host}"}
replication:
  - {name: copy, direction: pull, url: "http://${first.host}", prefix: copies, repositories: [team/app]}
`;
  await writeFile(join(sandbox.folder, 'registry.yaml'), config);
  const second = await startServe(t, sandbox, '--root', 'other', '--config', 'registry.yaml');
  assert.deepEqual(await told(second.host), await told(first.host));

  await sandbox.out('pull', `${second.host}/hub/team/app:1`);
  const at = ['--registry', second.host] as const;
  const [upstream] = (await sandbox.json('registry', 'upstreams', ...at)) as { condition: string }[];
  assert.equal(upstream?.condition, 'good');
  await sandbox.out('registry', 'jobs', 'start', 'replicate', ...at);
  await sandbox.out('registry', 'jobs', 'start', 'scrub', ...at);
  const [rule] = (await sandbox.json('registry', 'replication', ...at)) as { ranAt?: string; failures: unknown[] }[];
  assert.ok(rule?.ranAt !== undefined && rule.failures.length === 0, JSON.stringify(rule));
  const [copies] = (await told(second.host, 'copies/team/app')) as [{ digest: string }[]];
  const [originals] = (await told(first.host)) as [{ digest: string }[]];
  assert.equal(copies[0]?.digest, originals[0]?.digest);
});
