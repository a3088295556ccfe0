import assert from 'node:assert/strict';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { openSandbox, startServe } from '../testing/lading.ts';
import { writeSampleLayout } from '../testing/sample-layout.ts';

test('lading registry reindex gives a registry that lost its database the same tags and history; verify-journal proves the journal', async (t) => {
  const sandbox = await openSandbox(t);
  const first = await startServe(t, sandbox);
  await writeSampleLayout(join(sandbox.folder, 'layout'));
  await sandbox.out('copy', 'oci:layout:amd64', `${first.host}/team/app:1`);
  await sandbox.out('copy', '--all-platforms', 'oci:layout:all', `${first.host}/team/app:1`);
  const told = async (host: string): Promise<unknown> => [
    await sandbox.json('registry', 'tags', 'team/app', '--registry', host),
    await sandbox.json('registry', 'history', 'team/app:1', '--registry', host),
  ];
  const before = await told(first.host);
  await first.stop();

  const [, line = ''] = (await sandbox.out('registry', 'verify-journal')).split('\n');
  for (const suffix of ['', '-wal', '-shm']) {
    await rm(join(sandbox.folder, 'home/registry', `catalog.sqlite${suffix}`), { force: true });
  }
  const report = (await sandbox.json('registry', 'reindex')) as { records: number };
  assert.equal(`${report.records}`, line.split(':')[0]);
  const second = await startServe(t, sandbox);
  assert.deepEqual(await told(second.host), before);
  assert.equal(await sandbox.out('pull', `${second.host}/team/app:1`).then(() => 'pulled'), 'pulled');
  await sandbox.out('registry', 'verify-journal', '--expect', line);
  const wrong = await sandbox.run(['registry', 'verify-journal', '--expect', `1:${'0'.repeat(64)}`]);
  assert.equal(wrong.code, 7);
});
