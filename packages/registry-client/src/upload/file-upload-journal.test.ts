import assert from 'node:assert/strict';
import { readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { digestOf } from '@lading/oci';
import { processMark } from '@lading/store';
import { runProgram, temporaryFolder } from '@lading/testkit';
import { createUploadJournal } from './file-upload-journal.ts';

test('remove() takes with it what a killed process had in hand, and nothing of one that lives', async (t) => {
  const folder = await temporaryFolder(t);
  const journal = createUploadJournal(folder);
  const key = { registry: 'registry.example.org', repository: 'app', digest: digestOf('layer') };
  await journal.save(key, { location: 'https://registry.example.org/upload/1' });
  const [name = ''] = await readdir(folder);
  const program = "import { processMark } from '@lading/store'; process.stdout.write(processMark());";
  const { stdout: gone } = await runProgram(process.execPath, ['--input-type=module', '-e', program], {
    cwd: import.meta.dirname,
  });
  // Also one that is not written yet.
  for (const draft of [`${gone}_1`, `${gone}_2`, `${processMark()}_3`])
    await writeFile(join(folder, `${name}.${draft}`), '');
  await journal.remove(key);
  assert.deepEqual(await readdir(folder), [`${name}.${processMark()}_3`]);
});
