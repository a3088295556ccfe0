import { openZip } from '../../zip/zip.ts';
import type { CatalogedFile, Cataloger, Fact } from '../cataloger.ts';
import { decodeText, invalidRecord } from '../record-file.ts';
import { parseMetadata } from './metadata.ts';

/** Headers come first and are small; the description behind them is not needed, however long. */
const MAX_HEADERS = 1 << 20;
const MAX_EGG_RECORD = 4 << 20;
const EGG_LIMITS = { maxEntries: 100_000, maxDirectoryBytes: 16 << 20 };

/**
 * Installed distributions of Python: wheels (`*.dist-info/METADATA`), what setuptools and distutils left (`*.egg-info`, as a folder or a
 * file), and eggs, unpacked or zipped. An editable install has a record too.
 *
 * Not found: wheels that merely lie there, requirements and lock files, and the copies in `pip/_vendor`, which pip patches and keeps safe
 * itself (`vendor.txt` is no record of an installer). setuptools keeps records of what it vendors: those are found.
 * See PyPA, "Recording installed projects" and "Core metadata".
 */
export const pythonCataloger: Cataloger = {
  name: 'python',
  wants: ({ type, path, size }, start) => type === 'file' && size > 0 && (isRecord(path) || isEgg(path, start)),
  read: (file) => (file.path.endsWith('.egg') ? readEgg(file) : readRecord(file)),
};

function isRecord(path: string): boolean {
  if (path.endsWith('.egg-info')) return true;
  if (path.endsWith('/METADATA')) return path.endsWith('.dist-info/METADATA') && !isLeftover(path);
  return path.endsWith('/PKG-INFO') && (path.endsWith('.egg-info/PKG-INFO') || path.endsWith('EGG-INFO/PKG-INFO'));
}

/** While pip replaces a distribution it renames the old one so; one that it could not remove is no longer installed. */
function isLeftover(path: string): boolean {
  const folder = path.lastIndexOf('/', path.length - '/METADATA'.length - 1);
  return path[folder + 1] === '~';
}

function isEgg(path: string, start: Uint8Array): boolean {
  return path.endsWith('.egg') && start[0] === 0x50 && start[1] === 0x4b;
}

async function* readRecord(file: CatalogedFile): AsyncIterable<Fact> {
  const text = decodeText(await file.read(0, MAX_HEADERS));
  yield { kind: 'package', package: parseMetadata(file.path, text) };
}

async function* readEgg(file: CatalogedFile): AsyncIterable<Fact> {
  const zip = await openZip(file, EGG_LIMITS);
  const entry = zip.entries().find(({ name }) => name === 'EGG-INFO/PKG-INFO');
  if (entry === undefined) throw invalidRecord(file.path, 'it has no EGG-INFO/PKG-INFO');
  const location = `${file.path}!/${entry.name}`;
  const text = decodeText(await zip.read(entry, { maxBytes: MAX_EGG_RECORD }));
  yield { kind: 'package', package: { ...parseMetadata(location, text), location } };
}
