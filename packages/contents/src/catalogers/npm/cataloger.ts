import { openZip } from '../../zip/zip.ts';
import type { CatalogedFile, Cataloger, Fact } from '../cataloger.ts';
import { decodeText, parseJson, readJson } from '../record-file.ts';
import { packageOf } from './package-json.ts';
import { placeOf } from './place.ts';

/** Packages of real registries have up to some 100 KB, most of it README in old ones. */
const MAX_PACKAGE_JSON = 4 << 20;
/** A zip of Yarn holds one package, and those that it bundles. */
const MAX_BUNDLED = 1000;
const ZIP_LIMITS = { maxEntries: 100_000, maxDirectoryBytes: 16 << 20 };

/**
 * Installed packages of npm, pnpm, Yarn and whatever else lays out `node_modules`: each has its `package.json` at its root. So have
 * applications, Debian's `usr/share/nodejs`, and npm, Yarn and corepack themselves.
 *
 * Not found: what a bundler copied into another file without its `package.json`. Lock files are not read: they say what was to be
 * installed, and images have what was.
 */
export const npmCataloger: Cataloger = {
  name: 'npm',
  wants: ({ type, path }) =>
    type === 'file' &&
    ((path.endsWith('package.json') && placeOf(path) !== undefined) || (path.endsWith('.zip') && isYarnZip(path))),
  read: (file) => (file.path.endsWith('.zip') ? readYarnZip(file) : readPackageJson(file)),
};

async function* readPackageJson(file: CatalogedFile): AsyncIterable<Fact> {
  const found = packageOf(file.path, await readJson(file, MAX_PACKAGE_JSON));
  if (found !== undefined) yield { kind: 'package', package: found };
}

/** Yarn keeps packages zipped, in the project (`.yarn/cache`) or for all of them (`.yarn/berry/cache`), and runs them from there. */
function isYarnZip(path: string): boolean {
  const folder = path.slice(0, path.lastIndexOf('/'));
  return folder.endsWith('.yarn/cache') || folder.endsWith('.yarn/berry/cache');
}

async function* readYarnZip(file: CatalogedFile): AsyncIterable<Fact> {
  const zip = await openZip(file, ZIP_LIMITS);
  let left = MAX_BUNDLED;
  for (const entry of zip.entries()) {
    if (!entry.name.endsWith('/package.json') || placeOf(entry.name) !== 'installed') continue;
    if (left-- === 0) {
      yield { kind: 'warning', message: `It holds more than ${MAX_BUNDLED} packages: the others were not read` };
      return;
    }
    const location = `${file.path}!/${entry.name}`;
    const content = await zip.read(entry, { maxBytes: MAX_PACKAGE_JSON });
    const found = packageOf(location, parseJson(location, decodeText(content)));
    if (found !== undefined) yield { kind: 'package', package: { ...found, location } };
  }
}
