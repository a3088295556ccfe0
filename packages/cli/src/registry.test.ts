import assert from 'node:assert/strict';
import { join } from 'node:path';
import { test } from 'node:test';
import { openSandbox, startServe } from './testing/lading.ts';
import { writeSampleLayout } from './testing/sample-layout.ts';

test('lading registry shows repositories, tags and where they pointed, by the API of a running registry', async (t) => {
  const sandbox = await openSandbox(t);
  const { host } = await startServe(t, sandbox);
  const registry = ['--registry', host];
  assert.deepEqual(await sandbox.json('registry', 'repositories', ...registry), []);
  const { image, index } = await writeSampleLayout(join(sandbox.folder, 'layout'));
  await sandbox.out('copy', 'oci:layout:amd64', `${host}/team/app:1`);
  await sandbox.out('copy', '--all-platforms', 'oci:layout:all', `${host}/team/app:1`);

  assert.equal(await sandbox.out('registry', 'repositories', ...registry), 'team/app');
  const tags = (await sandbox.json('registry', 'tags', 'team/app', ...registry)) as { name: string; digest: string }[];
  assert.deepEqual(
    tags.map(({ name, digest }) => [name, digest]),
    [['1', index]],
  );
  const moves = (await sandbox.json('registry', 'history', 'team/app:1', ...registry)) as { digest: string }[];
  assert.deepEqual(
    moves.map(({ digest }) => digest),
    [index, image],
  );
  const absent = await sandbox.run(['registry', 'tags', 'no/such', ...registry]);
  assert.equal(absent.code, 5);
  assert.match(absent.stderr, /NAME_UNKNOWN: There is no repository no\/such \[REFERENCE_NOT_FOUND\]/);

  const audit = (await sandbox.json('registry', 'audit', '--kind', 'tag.moved', ...registry)) as { actor: string }[];
  assert.deepEqual(
    audit.map(({ actor }) => actor),
    ['anonymous', 'anonymous'],
  );
  const [usage] = (await sandbox.json('registry', 'storage', ...registry)) as { bytes: number; uniqueBytes: number }[];
  assert.ok(usage !== undefined && usage.bytes > 0 && usage.uniqueBytes === usage.bytes);
  assert.deepEqual(await sandbox.json('registry', 'webhooks', ...registry), []);
  assert.match(await sandbox.out('registry', 'configuration', ...registry), /"drainMs": 30000/);
});
