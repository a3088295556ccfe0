import assert from 'node:assert/strict';
import { mkdir, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { digestOf } from '@lading/oci';
import { temporaryFolder } from '@lading/testkit';
import type { Snapshot } from './snapshot.ts';
import { readSnapshotText } from './snapshot-text.ts';

async function twoLayers(t: Parameters<typeof temporaryFolder>[0]): Promise<{ lower: string; top: Snapshot }> {
  const folder = await temporaryFolder(t);
  const [lower, upper] = [join(folder, 'lower'), join(folder, 'upper')];
  await mkdir(join(lower, 'etc'), { recursive: true });
  await mkdir(join(upper, 'usr/etc'), { recursive: true });
  const digest = digestOf('');
  const bottom: Snapshot = { chainId: digest, diffId: digest, parent: undefined, folder: lower };
  return { lower, top: { ...bottom, parent: bottom, folder: upper } };
}

test('readSnapshotText() finds a file of a lower layer, and nothing where there is none', async (t) => {
  const { lower, top } = await twoLayers(t);
  await writeFile(join(lower, 'etc/passwd'), 'lower');
  assert.equal(await readSnapshotText(top, '/etc/passwd'), 'lower');
  assert.equal(await readSnapshotText(top, '/etc/group'), '');
  assert.equal(await readSnapshotText(undefined, '/etc/passwd'), '');
});

test('readSnapshotText() prefers the upper layer and follows links inside only', async (t) => {
  const { lower, top } = await twoLayers(t);
  await writeFile(join(lower, 'etc/passwd'), 'lower');
  await writeFile(join(top.folder, 'usr/etc/real'), 'upper');
  await mkdir(join(top.folder, 'etc'));
  await symlink('../../../../usr/etc/real', join(top.folder, 'etc/passwd'));
  assert.equal(await readSnapshotText(top, '/etc/passwd'), 'upper');
  await symlink('/etc/hostname', join(top.folder, 'etc/outside'));
  assert.equal(await readSnapshotText(top, '/etc/outside'), '');
  await symlink('loop', join(top.folder, 'etc/loop'));
  assert.equal(await readSnapshotText(top, '/etc/loop'), '');
});
