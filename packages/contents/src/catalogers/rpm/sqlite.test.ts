import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { test } from 'node:test';
import { mixedBytes, temporaryFolder } from '@lading/testkit';
import { inMemory } from '../../random-access.ts';
import { readSqliteTable } from './sqlite.ts';
import type { SqliteValue } from './sqlite-record.ts';

const sizes = [0, 1, 60, 400, 477, 478, 507, 508, 4000, 4056, 4057, 4061, 4062, 4092, 4096, 20_000, 65_500, 200_000];

for (const pageSize of [512, 1024, 4096, 65_536]) {
  test(`rows of every size come back as SQLite wrote them, with pages of ${pageSize} bytes`, async (t) => {
    const path = join(await temporaryFolder(t), 'database');
    const database = new DatabaseSync(path);
    database.exec(`PRAGMA page_size = ${pageSize}; PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF`);
    database.exec('CREATE TABLE Other (x); CREATE TABLE Packages (hnum INTEGER PRIMARY KEY, blob BLOB NOT NULL, rest)');
    const insert = database.prepare('INSERT INTO Packages (blob, rest) VALUES (?, ?)');
    const rests = [null, 0, 1, -2, 300, -70_000, 5_000_000_000, 0.5, 'näme'];
    const written: SqliteValue[][] = [];
    database.exec('BEGIN');
    // Many small rows between make the tree deep enough to have pages that only point to pages.
    for (const [index, size] of [...sizes, ...Array<number>(600).fill(40)].entries()) {
      const [blob, rest] = [Buffer.from(mixedBytes(size)), rests[index % rests.length] ?? null];
      insert.run(blob, rest);
      written.push([null, blob, rest]);
    }
    database.exec('COMMIT; CREATE TABLE After (y)');
    database.close();
    const rows: (readonly SqliteValue[])[] = [];
    for await (const row of readSqliteTable(inMemory(await readFile(path)), path, 'Packages')) rows.push(row);
    assert.equal(rows.length, written.length);
    for (const [index, row] of rows.entries()) assert.deepEqual(row, written[index]);
  });
}

test('a tree that goes round in circles is an error, not an endless reading', async (t) => {
  const path = join(await temporaryFolder(t), 'database');
  const database = new DatabaseSync(path);
  database.exec('PRAGMA page_size = 512; CREATE TABLE Packages (hnum INTEGER PRIMARY KEY, blob BLOB)');
  const insert = database.prepare('INSERT INTO Packages (blob) VALUES (?)');
  for (let row = 0; row < 100; row++) insert.run(Buffer.alloc(100));
  database.close();
  const bytes = await readFile(path);
  // The root of the table is page 2: its right-most child becomes itself.
  assert.equal(bytes[512], 5);
  bytes.writeUInt32BE(2, 512 + 8);
  const read = async (): Promise<void> => {
    for await (const _ of readSqliteTable(inMemory(bytes), 'var/lib/rpm/rpmdb.sqlite', 'Packages'));
  };
  await assert.rejects(read, {
    code: 'PACKAGE_RECORD_INVALID',
    message: 'Cannot read var/lib/rpm/rpmdb.sqlite as an SQLite database: page 2 is used twice',
  });
});

test('a database without the table says so', async (t) => {
  const path = join(await temporaryFolder(t), 'database');
  const database = new DatabaseSync(path);
  database.exec('CREATE TABLE Name (key)');
  database.close();
  const bytes = await readFile(path);
  await assert.rejects(readSqliteTable(inMemory(bytes), 'x', 'Packages').next(), /it has no table Packages/);
});
