import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { spreadFolder } from './spread-folder.ts';

test('spreadFolder() sets the flag where the file system has it, and fails nowhere', async (t) => {
  const folder = await mkdtemp(join(tmpdir(), 'lading-spread-'));
  t.after(() => rm(folder, { recursive: true, force: true }));
  await spreadFolder(join(folder, 'absent'));
  const [trial, spread] = [join(folder, 'trial'), join(folder, 'spread')];
  await Promise.all([trial, spread].map((name) => mkdir(name)));
  await spreadFolder(spread);
  const { status } = spawnSync('chattr', ['+T', trial]);
  // Not skipUnless(): what has no flag is spread by itself, or not at all.
  if (status !== 0) return t.skip('chattr +T does nothing for the temporary folder here');
  assert.match(spawnSync('lsattr', ['-d', spread], { encoding: 'utf8' }).stdout, /^\S*T\S* /);
});
