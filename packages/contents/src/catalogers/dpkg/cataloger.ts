import type { CatalogedFile, Cataloger, Fact } from '../cataloger.ts';
import { licensesOf } from './copyright.ts';
import { pathsOfList, pathsOfMd5sums } from './owned-paths.ts';
import { readStatus } from './status.ts';

/** Five times what a machine with everything installed has. Reading takes twice as much memory, of several layers at the same time. */
const maxBytes = 16 << 20;

/** Of longer copyright files, as browsers have them, the beginning is read. */
const maxCopyrightBytes = 1 << 20;

/** Where dpkg keeps its records, and where opkg, which writes the same, does on OpenWrt and in Yocto's images. */
const homes = ['var/lib/dpkg/', 'usr/lib/opkg/', 'var/lib/opkg/', 'lib/opkg/'] as const;

type Read = (file: CatalogedFile) => AsyncIterable<Fact>;

/** Packages of Debian and its children, of distroless images and of opkg, with the paths that they own and their licenses. */
export const dpkgCataloger: Cataloger = {
  name: 'dpkg',
  wants: ({ path }) => readerOf(path) !== undefined,
  async *read(file) {
    yield* readerOf(file.path)?.(file) ?? [];
  },
};

function readerOf(path: string): Read | undefined {
  if (path.startsWith('usr/share/doc/')) return /^[^/]+\/copyright$/.test(path.slice(14)) ? readCopyright : undefined;
  const home = homes.find((home) => path.startsWith(home));
  if (home === undefined) return undefined;
  const rest = path.slice(home.length);
  if (rest === 'status') return readPackages;
  // Distroless has a file for each package, and beside each the digests of its files.
  if (/^status\.d\/[^/]+$/.test(rest)) return rest.endsWith('.md5sums') ? readMd5sums : readPackages;
  return /^info\/[^/]+\.list$/.test(rest) ? readList : undefined;
}

async function* readPackages(file: CatalogedFile): AsyncIterable<Fact> {
  yield* readStatus(await file.whole(maxBytes));
}

async function* readList(file: CatalogedFile): AsyncIterable<Fact> {
  // `libc6:amd64.list` where a package can be installed for several architectures.
  const [name = ''] = fileName(file.path).slice(0, -'.list'.length).split(':', 1);
  yield { kind: 'owns', type: 'deb', name, paths: pathsOfList(await file.whole(maxBytes)) };
}

async function* readMd5sums(file: CatalogedFile): AsyncIterable<Fact> {
  const name = fileName(file.path).slice(0, -'.md5sums'.length);
  yield { kind: 'owns', type: 'deb', name, paths: pathsOfMd5sums(await file.whole(maxBytes)) };
}

async function* readCopyright(file: CatalogedFile): AsyncIterable<Fact> {
  const name = file.path.split('/').at(-2) ?? '';
  const licenses = licensesOf((await file.read(0, maxCopyrightBytes)).toString('latin1'));
  if (licenses.length > 0) yield { kind: 'licenses', type: 'deb', name, licenses };
}

function fileName(path: string): string {
  return path.slice(path.lastIndexOf('/') + 1);
}
