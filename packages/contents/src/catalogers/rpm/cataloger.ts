import { isLadingError, messageOf } from '@lading/errors';
import type { CatalogedFile, Cataloger } from '../cataloger.ts';
import { isBdbHash, readBdb } from './bdb.ts';
import { RpmHeader } from './header.ts';
import { readManifest } from './manifest.ts';
import { ndbMagic, readNdb } from './ndb.ts';
import { readPackage } from './package.ts';
import { faultOf } from './pages.ts';
import { readSqliteTable, sqliteMagic } from './sqlite.ts';

/** Where rpm has had its database: at first, since it became part of `/usr`, and with ostree. */
const homes = ['var/lib/rpm/', 'usr/lib/sysimage/rpm/', 'usr/share/rpm/'] as const;

const databases: readonly string[] = ['rpmdb.sqlite', 'Packages.db', 'Packages'];
const writeAheadLog = 'rpmdb.sqlite-wal';
/** Bytes of a log without entries. */
const emptyLogBytes = 32;

/** Azure Linux's images without rpm have this list instead; the other one beside it says less of the same. */
const manifest = 'var/lib/rpmmanifest/container-manifest-2';
const maxManifestBytes = 16 << 20;

/** After so many packages that cannot be read a database is given up. */
const maxDamaged = 20;

/** Packages of Fedora, Red Hat, SUSE and their children, with the paths that they own. */
export const rpmCataloger: Cataloger = {
  name: 'rpm',
  wants: ({ path, size }) => {
    const home = homes.find((home) => path.startsWith(home));
    if (home === undefined) return path === manifest;
    const name = path.slice(home.length);
    return databases.includes(name) || (name === writeAheadLog && size > emptyLogBytes);
  },
  async *read(file) {
    if (file.path.endsWith(writeAheadLog)) {
      const message =
        'The newest changes of the rpm database are in this log, which is not applied: packages may be missing or old';
      yield { kind: 'warning', message };
      return;
    }
    if (file.path === manifest) {
      yield* readManifest(await file.whole(maxManifestBytes));
      return;
    }
    let damaged = 0;
    for await (const blob of await readHeaders(file)) {
      try {
        yield* readPackage(RpmHeader.parse(blob));
      } catch (error) {
        damaged += 1;
        if (!isLadingError(error) || damaged > maxDamaged) throw error;
        yield { kind: 'warning', message: messageOf(error) };
      }
    }
  },
};

/** The header blobs of a database: what it is, its first bytes say, whatever its name. */
async function readHeaders(file: CatalogedFile): Promise<AsyncIterable<Buffer>> {
  const start = await file.read(0, 512);
  if (start.toString('latin1', 0, sqliteMagic.length) === sqliteMagic) return blobsOf(file);
  if (start.toString('latin1', 0, ndbMagic.length) === ndbMagic) return readNdb(file, file.path);
  if (isBdbHash(start)) return readBdb(file, file.path);
  throw faultOf(file.path, 'a database of rpm')('it is no SQLite, NDB or Berkeley DB hash file');
}

/** The table's columns are a number, which is the row's own, and the header. */
async function* blobsOf(file: CatalogedFile): AsyncGenerator<Buffer> {
  for await (const row of readSqliteTable(file, file.path, 'Packages')) {
    const blob = row.find((value) => Buffer.isBuffer(value));
    if (blob !== undefined) yield blob;
  }
}
