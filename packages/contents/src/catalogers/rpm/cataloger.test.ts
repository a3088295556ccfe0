import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { copyFile, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { isLadingError } from '@lading/errors';
import { findProgram, runProgram, skipUnless, temporaryFolder, vector } from '@lading/testkit';
import fc from 'fast-check';
import { catalogBytes } from '../../testing/cataloged-bytes.ts';
import type { Fact } from '../cataloger.ts';
import { rpmCataloger } from './cataloger.ts';

/** Real databases, with what rpm itself (4.20 for NDB, 4.18 for the others) lists of them: `-qa` and `-qal`, sorted and each once. */
const databases = [
  {
    format: 'SQLite',
    backend: 'sqlite',
    file: 'rpm/cbl-mariner-2.0.rpmdb.sqlite',
    name: 'rpmdb.sqlite',
    packages: 129,
    packagesDigest: 'd9181f1be95411f6ebbebd9fbee9c083248339dbe467312dc13515a26dd5f053',
    paths: 7047,
    pathsDigest: 'c6933c623ab75622dfb23cbf11bda8456159930560ce449aded1d5f8e46fbb3f',
    some: ['sqlite 3.34.1-2.cm2 x86_64', 'ca-certificates-base 1:2.0.0-1.cm2 noarch', 'sudo 1.9.5p2-3.cm2 x86_64'],
  },
  {
    format: 'NDB',
    backend: 'ndb',
    file: 'rpm/sle15-bci.Packages.ndb',
    name: 'Packages.db',
    packages: 35,
    packagesDigest: '650340c66aa1463ed9411b5864b3195bd47378bfa44e8df3eacd04dc88ca2999',
    paths: 2836,
    pathsDigest: '6176c03c7439f53bb771893a96cfb77666be4084f4eaf29f6de6dce5475e4216',
    some: ['bash 4.4-19.6.1 x86_64', 'libstdc++6 11.2.1+git610-1.3.9 x86_64', 'file-magic 5.32-7.14.1 noarch'],
  },
  {
    format: 'Berkeley DB',
    backend: 'bdb_ro',
    file: 'rpm/libuuid.Packages.bdb',
    name: 'Packages',
    packages: 1,
    packagesDigest: '5bad2a5ba5be6ab55e022856bb988fd790b7a3d9283a7a731a74e4b1e7bdd832',
    paths: 7,
    pathsDigest: '1c9d454ac6c2170115d3d5a227ebd865ec9d3a32f932f06b41a1fbaf15105594',
    some: ['libuuid 2.32.1-42.el8_8 x86_64'],
  },
] as const;

const catalog = async (name: string, content: Uint8Array): Promise<Fact[]> =>
  (await catalogBytes(rpmCataloger, `var/lib/rpm/${name}`, content)) ?? assert.fail('it is not wanted');

const packagesOf = (facts: readonly Fact[]): string[] =>
  facts
    .flatMap((fact) => (fact.kind === 'package' ? [fact.package] : []))
    .map(({ name, version, architecture = 'noarch' }) => `${name} ${version} ${architecture}`)
    .sort();

const pathsOf = (facts: readonly Fact[]): string[] => [
  ...new Set(facts.flatMap((fact) => (fact.kind === 'owns' ? [...fact.paths] : []))),
];

const digestOfLines = (lines: readonly string[]): string =>
  createHash('sha256')
    .update(lines.map((line) => `${line}\n`).join(''))
    .digest('hex');

for (const database of databases) {
  test(`a ${database.format} database gives the packages and paths that rpm lists`, async (t) => {
    const path = vector(t, database.file);
    if (path === undefined) return;
    const facts = await catalog(database.name, await readFile(path));
    assert.deepEqual(
      facts.filter(({ kind }) => kind === 'warning'),
      [],
    );
    const [packages, paths] = [packagesOf(facts), pathsOf(facts)];
    assert.equal(packages.length, database.packages);
    for (const one of database.some) assert.ok(packages.includes(one), one);
    assert.equal(digestOfLines(packages), database.packagesDigest);
    assert.equal(paths.length, database.paths);
    assert.equal(digestOfLines(paths.map((path) => `/${path}`).sort()), database.pathsDigest);
  });

  test(`a ${database.format} database is read as the rpm of this machine reads it`, async (t) => {
    const path = vector(t, database.file);
    if (path === undefined) return;
    const listed = await rpmList(t, path, database.name, database.backend);
    if (listed !== undefined) assert.deepEqual(packagesOf(await catalog(database.name, await readFile(path))), listed);
  });

  test(`a damaged ${database.format} database ends in an error that names it, or in the packages that are left`, async (t) => {
    const path = vector(t, database.file);
    if (path === undefined) return;
    const sound = (await readFile(path)).subarray(0, 200 << 10);
    const position = fc.oneof(fc.nat(sound.length - 1), fc.nat(8191));
    const damages = fc.record({
      bytes: fc.array(fc.tuple(position, fc.oneof(fc.nat(255), fc.constantFrom(0, 0xff))), { maxLength: 40 }),
      length: fc.oneof(fc.constant(sound.length), fc.nat(sound.length)),
    });
    await fc.assert(
      fc.asyncProperty(damages, async ({ bytes, length }) => {
        const damaged = Buffer.from(sound.subarray(0, length));
        for (const [at, value] of bytes) if (at < length) damaged[at] = value;
        try {
          pathsOf(await catalog(database.name, damaged));
        } catch (error) {
          assert.ok(isLadingError(error) && error.code === 'PACKAGE_RECORD_INVALID', String(error));
          assert.match(error.message, /var\/lib\/rpm\/|rpm header/);
        }
      }),
      { numRuns: 150 },
    );
  });
}

test('a Berkeley DB of a big-endian machine gives the same', async (t) => {
  const path = vector(t, 'rpm/libuuid.Packages.bdb');
  if (path === undefined) return;
  const sound = await readFile(path);
  assert.deepEqual(packagesOf(await catalog('Packages', swapped(sound))), packagesOf(await catalog('Packages', sound)));
});

test('a write-ahead log with changes is a warning, an empty one is nothing', async () => {
  const [fact] = await catalog('rpmdb.sqlite-wal', Buffer.alloc(4128));
  assert.match(fact?.kind === 'warning' ? fact.message : '', /is not applied/);
  assert.equal(await catalogBytes(rpmCataloger, 'var/lib/rpm/rpmdb.sqlite-wal', Buffer.alloc(0)), undefined);
});

test('a file of an unknown format is an error that says so, and indexes beside a database are not read', async () => {
  await assert.rejects(catalog('Packages', Buffer.alloc(8192, 'x')), {
    code: 'PACKAGE_RECORD_INVALID',
    message: /^Cannot read var\/lib\/rpm\/Packages as a database of rpm: /,
  });
  for (const name of ['Index.db', 'Basenames', '__db.001', 'rpmdb.sqlite-shm'])
    assert.equal(await catalogBytes(rpmCataloger, `var/lib/rpm/${name}`, Buffer.alloc(8192)), undefined);
});

/** A little-endian Berkeley DB hash with all its numbers in the other order. */
function swapped(database: Buffer): Buffer {
  const bytes = Buffer.from(database);
  const size = bytes.readUInt32LE(20);
  for (let start = 0; start < bytes.length; start += size) {
    const page = bytes.subarray(start, start + size);
    if (start === 0) page.subarray(0, 24).swap32();
    else {
      const entries = page[25] === 7 ? 0 : page.readUInt16LE(20);
      for (let entry = 0; entry < entries; entry++) {
        const item = page.readUInt16LE(26 + 2 * entry);
        if (page[item] === 3) page.subarray(item + 4, item + 12).swap32();
      }
      page.subarray(26, 26 + 2 * entries).swap16();
      page.subarray(0, 20).swap32();
      page.subarray(20, 24).swap16();
    }
  }
  return bytes;
}

/** What rpm says, undefined after skipping: Debian's has no NDB, and newer ones no Berkeley DB. */
async function rpmList(t: TestContext, path: string, name: string, backend: string): Promise<string[] | undefined> {
  const rpm = findProgram('rpm');
  if (rpm === undefined) return void skipUnless(t, false, 'rpm: apt-get install rpm');
  const folder = await temporaryFolder(t);
  await copyFile(path, join(folder, name));
  const format = '%{NAME} %|EPOCH?{%{EPOCH}:}:{}|%{VERSION}-%{RELEASE} %{ARCH}\n';
  // Newer ones pass over what is installed when its signature is not as they want it.
  const own = ['--dbpath', folder, '--define', `_db_backend ${backend}`, '--nosignature'];
  const args = [...own, '-qa', '--qf', format];
  const { code, stdout, stderr } = await runProgram(rpm, args);
  const isRead = code === 0 && stdout !== '';
  if (!skipUnless(t, isRead, `this rpm reads no ${backend}: ${stderr.trim()}`)) return undefined;
  return stdout.trimEnd().split('\n').sort();
}
