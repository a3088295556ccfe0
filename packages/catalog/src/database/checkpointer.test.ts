import assert from 'node:assert/strict';
import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { temporaryFolder } from '@lading/testkit';
import { openSqlite } from './sqlite.ts';

test('a log that gets long is brought into the file beside the writers, and begins again', async (t) => {
  const path = join(await temporaryFolder(t), 'log.sqlite');
  const database = await openSqlite(path, { sync: false });
  t.after(() => database.close());
  await database.run('CREATE TABLE pages (text TEXT)');
  const page = 'x'.repeat(64 << 10);
  const size = async (file: string): Promise<number> => (await stat(file)).size;
  for (const end = Date.now() + 20_000; (await size(path)) < 8 << 20 && Date.now() < end; ) {
    await database.transaction((statements) => statements.run('INSERT INTO pages VALUES (?)', page));
    await sleep(1);
  }
  assert.ok((await size(path)) >= 8 << 20);
  await database.close();
  await assert.rejects(size(`${path}-wal`), { code: 'ENOENT' });
  const again = await openSqlite(path);
  t.after(() => again.close());
  assert.ok(Number((await again.get('SELECT count(*) AS count FROM pages'))?.count) > 100);
});
