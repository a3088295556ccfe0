// Databases of rpm that are cut, lie about sizes, or whose pages lead back to themselves.
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { vectorsFolder } from '@lading/testkit';
import { makeRpmHeader } from '../../../../packages/contents/src/testing/rpm-header.ts';
import { file, type HostileCase, repeated } from '../hostile-case.ts';

const release = file('etc/os-release', 'ID=rocky\nVERSION_ID=9\n');

/** Where the three kinds lie; each in every home of rpm, so that an image can hold nine. */
const homes = ['var/lib/rpm', 'usr/lib/sysimage/rpm', 'usr/share/rpm'] as const;

/** What SQLite makes of some statements. */
function database(statements: string, blobs: readonly Buffer[] = []): Buffer {
  const folder = mkdtempSync(join(tmpdir(), 'lading-hostile-'));
  try {
    const path = join(folder, 'rpmdb.sqlite');
    const opened = new DatabaseSync(path);
    opened.exec(statements);
    for (const blob of blobs) opened.prepare('INSERT INTO Packages (blob) VALUES (?)').run(blob);
    opened.close();
    return readFileSync(path);
  } finally {
    rmSync(folder, { recursive: true });
  }
}

const table = 'CREATE TABLE Packages (hnum INTEGER PRIMARY KEY AUTOINCREMENT, blob BLOB NOT NULL);';
const sound = (name: string, more: Record<number, string | readonly string[]> = {}): Buffer =>
  makeRpmHeader({ 1000: name, 1001: '1.0', 1002: '1', ...more });

/** Every pointer of every page of a tree, overflow pages too, leads to the page itself. */
function looped(bytes: Buffer): Buffer {
  const copy = Buffer.from(bytes);
  const size = copy.readUInt16BE(16) === 1 ? 65_536 : copy.readUInt16BE(16);
  for (let page = 1; page * size < copy.length; page++) {
    const at = page * size;
    if (copy[at] === 5) copy.writeUInt32BE(page + 1, at + 8);
    if (copy[at] === 13 || copy[at] === 5) continue;
    copy.writeUInt32BE(page + 1, at);
  }
  return copy;
}

/** The same with every 32-bit number of the given places set. */
function written(bytes: Buffer, places: Readonly<Record<number, number>>, little = true): Buffer {
  const copy = Buffer.from(bytes);
  for (const [at, value] of Object.entries(places)) {
    if (little) copy.writeUInt32LE(value, Number(at));
    else copy.writeUInt32BE(value, Number(at));
  }
  return copy;
}

const vectorOf = (name: string): Buffer => readFileSync(join(vectorsFolder(), 'rpm', name));

export const databaseCases: readonly HostileCase[] = [
  {
    name: 'a view named Packages, and a table of another shape',
    layers: () => [
      [
        release,
        file(
          `${homes[0]}/rpmdb.sqlite`,
          database(
            'CREATE VIEW Packages AS WITH RECURSIVE n(x) AS (SELECT 1 UNION ALL SELECT x+1 FROM n) SELECT x FROM n;',
          ),
        ),
        file(
          `${homes[1]}/rpmdb.sqlite`,
          database('CREATE TABLE Packages (a TEXT, b REAL); INSERT INTO Packages VALUES (1, 2);'),
        ),
      ],
    ],
    warned: [`${homes[0]}/rpmdb.sqlite`],
  },
  {
    name: 'databases of SQLite that are cut or go round in circles',
    layers: () => {
      const bytes = database(
        table,
        Array.from({ length: 300 }, (_, at) => sound(`p${at}`, { 1014: 'x'.repeat(9000) })),
      );
      return [
        [
          release,
          file(`${homes[0]}/rpmdb.sqlite`, bytes.subarray(0, bytes.length / 3)),
          file(`${homes[1]}/rpmdb.sqlite`, looped(bytes)),
          file(`${homes[2]}/rpmdb.sqlite`, written(bytes, { 16: 0xffffffff }, false)),
        ],
      ];
    },
    warned: homes.map((home) => `${home}/rpmdb.sqlite`),
  },
  {
    name: 'headers of rpm that lie about their sizes, their counts and their paths',
    layers: () => {
      const good = sound('good');
      const paths = makeRpmHeader({
        1000: 'paths',
        1001: '1',
        1116: Array.from({ length: 50_000 }, () => 0),
        1117: Array.from({ length: 50_000 }, () => 'x'),
        1118: [`/${'long'.repeat(1000)}/`],
      });
      const bytes = database(table, [
        good,
        written(good, { 0: 0xffffffff }, false),
        written(good, { 4: 0xffffffff }, false),
        written(good, { 16: 0x7fffffff, 20: 0x7fffffff }, false),
        good.subarray(0, 5),
        Buffer.alloc(0),
        makeRpmHeader({ 1000: 'n'.repeat(1_000_000), 1001: '1' }),
        paths,
        sound('last'),
      ]);
      return [[release, file(`${homes[0]}/rpmdb.sqlite`, bytes)]];
    },
    warned: [`${homes[0]}/rpmdb.sqlite`],
    found: ['good', 'last'],
  },
  {
    name: 'databases of NDB and Berkeley DB that are cut, loop or lie',
    layers: () => {
      const [ndb, bdb] = [vectorOf('sle15-bci.Packages.ndb'), vectorOf('libuuid.Packages.bdb')];
      return [
        [
          release,
          file(`${homes[0]}/Packages.db`, ndb.subarray(0, 9000)),
          // All slots lead to the same blob, whose length is a lie.
          file(
            `${homes[1]}/Packages.db`,
            Buffer.concat([ndb.subarray(0, 32), repeatBytes(ndb.subarray(48, 64), 4096 * 40)]),
          ),
          file(`${homes[2]}/Packages.db`, written(ndb, { 12: 0xffffffff })),
          file(`${homes[0]}/Packages`, bdb.subarray(0, bdb.length / 2)),
          file(`${homes[1]}/Packages`, loopedBdb(bdb)),
          file(`${homes[2]}/Packages`, written(bdb, { 20: 0x40000000 })),
        ],
      ];
    },
    warned: [...homes.map((home) => `${home}/Packages.db`), ...homes.map((home) => `${home}/Packages`)],
  },
  {
    name: 'a database of SQLite of 1 GB that is one page again and again',
    layers: () => {
      const bytes = database(table, [sound('one')]);
      return [[release, repeated(`${homes[0]}/rpmdb.sqlite`, 2 ** 30, bytes)]];
    },
    slow: true,
    found: ['one'],
  },
];

function repeatBytes(piece: Buffer, size: number): Buffer {
  return Buffer.concat(Array.from({ length: Math.floor(size / piece.length) }, () => piece));
}

/** Every overflow page leads to itself. */
function loopedBdb(bytes: Buffer): Buffer {
  const copy = Buffer.from(bytes);
  const size = copy.readUInt32LE(20);
  for (let page = 1; page * size < copy.length; page++) {
    if (copy[page * size + 25] === 7) copy.writeUInt32LE(page, page * size + 16);
  }
  return copy;
}
