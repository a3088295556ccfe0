import assert from 'node:assert/strict';
import { rmdir, unlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { temporaryFolder } from '@lading/testkit';
import { createFile } from './create-file.ts';

test('files are created while their folders, when empty, are tidied away', async (t) => {
  const work = join(await temporaryFolder(t), 'work');
  const folders = [join(work, 'ingests'), join(work, 'claims')];
  const tidy = async (): Promise<void> => {
    for (const folder of [...folders, work]) await rmdir(folder).catch(() => {});
  };
  const createSome = async (name: string): Promise<void> => {
    for (let turn = 0; turn < 40; turn++) {
      const path = join(folders[turn % 2]!, `${name}${turn}`);
      await (await createFile(path)).close();
      await unlink(path);
      await tidy();
    }
  };
  await Promise.all(['a', 'b', 'c', 'd'].map(createSome));
});

test('a folder above that is a file is reported', async (t) => {
  const file = join(await temporaryFolder(t), 'file');
  await writeFile(file, '');
  await assert.rejects(createFile(join(file, 'in', 'it')), { code: 'ENOTDIR' });
});
