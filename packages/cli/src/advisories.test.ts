import assert from 'node:assert/strict';
import { readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { openSandbox, type Sandbox, startServe } from './testing/lading.ts';

const cleanups: (() => Promise<void>)[] = [];
let sandbox: Sandbox;

const record = (id: string, fixed: string) => ({
  id,
  modified: '2024-01-02T03:04:05Z',
  aliases: [id.replace('GHSA', 'CVE')],
  summary: `Something about ${id}`,
  affected: [
    {
      package: { ecosystem: 'npm', name: 'left' },
      ranges: [{ type: 'SEMVER', events: [{ introduced: '1.0.0' }, { fixed }] }],
    },
  ],
});

interface Updated {
  readonly digest: string;
  readonly records: number;
  readonly path: string;
}

before(async () => {
  sandbox = await openSandbox({ after: (done: () => Promise<void>) => void cleanups.push(done) });
  await writeFile(join(sandbox.folder, 'one.json'), JSON.stringify(record('GHSA-2024-1', '1.2.3')));
  await writeFile(join(sandbox.folder, 'two.jsonl'), `${JSON.stringify(record('GHSA-2024-2', '1.3.0'))}\n{"id":\n`);
});

after(async () => {
  for (const done of cleanups.reverse()) await done();
});

test('update, info and show: the digest alone on stdout, what cannot be read as warnings on stderr', async () => {
  const none = await sandbox.run(['advisories', 'info']);
  assert.equal(none.code, 5);
  assert.match(none.stderr, /no(?:ne| advisory database)[\s\S]*lading advisories update/);
  const made = await sandbox.run(['advisories', 'update', '--from', 'one.json', '--from', 'two.jsonl']);
  assert.equal(made.code, 0, made.stderr);
  assert.match(made.stdout, /^sha256:[0-9a-f]{64}\n$/);
  assert.match(made.stderr, /two\.jsonl: [\s\S]*made .*advisories\.db: 2 advisories, /);
  const info = (await sandbox.json('advisories', 'info')) as { digest: string; records: number; ecosystems: string[] };
  assert.equal(info.digest, made.stdout.trim());
  assert.deepEqual([info.records, info.ecosystems], [2, ['npm']]);
  const shown = await sandbox.out('advisories', 'show', 'CVE-2024-2');
  assert.match(
    shown,
    /^GHSA-2024-2 {2}Something about GHSA-2024-2\nAlso: +CVE-2024-2\n[\s\S]*npm +left +>= 1\.0\.0 < 1\.3\.0$/,
  );
  assert.equal((await sandbox.run(['advisories', 'show', 'CVE-1'])).code, 5);
});

test('a database goes through a registry, whole or not at all', async (t) => {
  const { host } = await startServe(t, sandbox);
  const { digest } = (await sandbox.json(
    'advisories',
    'update',
    '--from',
    'one.json',
    '--output',
    'own.db',
  )) as Updated;
  const pushed = await sandbox.out('advisories', 'push', '--database', 'own.db', `${host}/security/advisories:v1`);
  assert.equal(
    await sandbox.out('advisories', 'push', '--database', 'own.db', `${host}/security/advisories:v1`),
    pushed,
  );
  const other = await openSandbox(t);
  assert.equal(await other.out('advisories', 'pull', `${host}/security/advisories:v1`), digest);
  assert.equal(await other.out('advisories', 'pull', pushed), digest, 'by digest too');
  const { digest: local } = (await other.json('advisories', 'info')) as Updated;
  assert.equal(local, digest);
  assert.deepEqual(await readdir(join(other.folder, 'home/advisories')), ['advisories.db']);

  assert.equal((await other.run(['advisories', 'pull', `${host}/security/advisories:v2`])).code, 5);
  const after = (await other.json('advisories', 'info')) as Updated;
  assert.equal(after.digest, digest, 'the one before stays');
});
