import assert from 'node:assert/strict';
import { test } from 'node:test';
import { isLadingError } from '@lading/errors';
import type { Journal } from '@lading/store';
import { findPostgres, isLongRun, postgresReason, runPostgres, skipUnless, startPostgres } from '@lading/testkit';
import { openCatalog } from '../open-catalog.ts';
import { opened, placeFor, recorded } from '../testing/lively-catalog.ts';
import { tablesOf } from '../testing/tables.ts';
import { openPostgres } from './postgres.ts';

test('statements give the same kinds of values as SQLite, and names compare in byte order', async (t) => {
  const url = await startPostgres(t);
  if (url === undefined) return;
  const database = await openPostgres(url);
  t.after(() => database.close());
  await database.run(database.schema('CREATE TABLE things (id INTEGER PRIMARY KEY, name TEXT UNIQUE, size INTEGER)'));
  for (const name of ['b', 'B', 'ä', 'a']) {
    assert.equal(await database.run('INSERT INTO things (name, size) VALUES (?, ?)', name, 2 ** 40), 1);
  }
  const rows = await database.all('SELECT name, size, size > ? AS large FROM things ORDER BY name', 5);
  assert.deepEqual(
    rows.map(({ name }) => name),
    ['B', 'a', 'b', 'ä'],
  );
  assert.deepEqual([rows[0]?.size, rows[0]?.large], [2 ** 40, 1]);
  assert.deepEqual(await database.get('SELECT sum(size) AS sum, count(*) AS count FROM things'), {
    sum: 4 * 2 ** 40,
    count: 4,
  });
  assert.equal(await database.get('SELECT 1 FROM things WHERE name = ?', 'none'), undefined);
});

test('a transaction that rejects, or goes on after a statement failed, leaves nothing', async (t) => {
  const url = await startPostgres(t);
  if (url === undefined) return;
  const database = await openPostgres(url);
  t.after(() => database.close());
  await database.run('CREATE TABLE things (name TEXT UNIQUE)');
  const insert = 'INSERT INTO things (name) VALUES (?)';
  await assert.rejects(
    database.transaction(async (statements) => {
      await statements.run(insert, 'a');
      throw new Error('no');
    }),
    /no/,
  );
  await assert.rejects(
    database.transaction(async (statements) => {
      await statements.run(insert, 'b');
      await statements.run(insert, 'b').catch(() => {});
    }),
    /rolled back/,
  );
  assert.deepEqual(await database.all('SELECT name FROM things'), []);
});

test('a server that is not there is told as such', async () => {
  const database = await openPostgres('postgres://lading@127.0.0.1:1/none');
  await assert.rejects(
    database.transaction((statements) => statements.run('SELECT 1')),
    (error) => isLadingError(error, 'CATALOG_UNAVAILABLE') && error.transient,
  );
  await database.close();
});

test('a write whose connection breaks after its append has happened, once', async (t) => {
  const url = await startPostgres(t);
  if (url === undefined) return;
  const place = await placeFor(t);
  const killer = await openPostgres(url);
  t.after(() => killer.close());
  let breaking = false;
  const journal: Journal = {
    ...place.journal,
    async append(batch, io) {
      const outcome = await place.journal.append(batch, io);
      if (breaking) {
        breaking = false;
        await killer.all("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE state = 'idle in transaction'");
      }
      return outcome;
    },
  };
  const catalog = await opened(t, { url, journal, content: place.content });
  const manifest = await recorded(catalog, place, 'one');
  breaking = true;
  const outcome = await catalog.references('team/app').tag('latest', manifest, { expected: null });
  assert.equal(outcome.tagged, true);
  assert.equal((await catalog.tagHistory('team/app', 'latest')).length, 1);
  await catalog.references('team/app').untag('latest');
  const again = await opened(t, { ...place, journal: place.journal, path: ':memory:' });
  assert.deepEqual(await tablesOf(again.database), await tablesOf(catalog.database));
});

test('what replicas acknowledged outlives a server that is killed again and again', async (t) => {
  const programs = findPostgres();
  if (!isLongRun(t) || !skipUnless(t, programs !== undefined, postgresReason) || programs === undefined) return;
  const server = await runPostgres(programs);
  t.after(() => server.stop());
  const { journal, content } = await placeFor(t);
  const place = { url: await server.createDatabase(), journal, content };
  const catalogs = [await opened(t, place), await opened(t, place)];
  const manifest = await recorded(catalogs[0]!, place, 'one');
  const acknowledged: string[] = [];
  let ended = false;
  const writing = catalogs.map(async (catalog, replica) => {
    for (let i = 0; !ended; i++) {
      const tag = `r${replica}-${i}`;
      try {
        await catalog.references('team/app').tag(tag, manifest);
        acknowledged.push(tag);
      } catch (error) {
        if (!isLadingError(error, 'CATALOG_UNAVAILABLE')) throw error;
      }
    }
  });
  for (let round = 0; round < 5; round++) {
    await new Promise((resolve) => setTimeout(resolve, 400));
    await server.kill();
    await server.start();
  }
  ended = true;
  await Promise.all(writing);
  const catalog = await openCatalog(place);
  t.after(() => catalog.close());
  const there = new Set(await Array.fromAsync(catalog.references('team/app').tags()));
  assert.deepEqual(
    acknowledged.filter((tag) => !there.has(tag)),
    [],
  );
  assert.ok(acknowledged.length > 20, `${acknowledged.length} tags`);
  const again = await opened(t, { journal, content, path: ':memory:' });
  assert.deepEqual(await tablesOf(again.database), await tablesOf(catalog.database));
});
