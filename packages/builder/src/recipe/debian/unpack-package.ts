import { type Bytes, collect, fromFile, gunzip, type Io, unzstd } from '@lading/bytes';
import { type PackageCompression, PackageRecord, parseParagraph, readPackageArchive } from '@lading/distro';
import { isLadingError, LadingError, messageOf } from '@lading/errors';
import { readTar } from '@lading/tar';
import type { Spool } from '../../internal/spool.ts';
import { unxz } from '../../internal/unxz.ts';
import type { LockedPackage } from '../lock.ts';
import { type PackageEntry, readEntries, type UnpackedPackage } from '../unpacked-package.ts';

/** A Debian package taken apart. */
export interface DebianPackage extends UnpackedPackage {
  readonly record: PackageRecord;
  /** The members of the control archive but `control`: scripts, `md5sums`, `conffiles`, `triggers`, … */
  readonly controlFiles: ReadonlyMap<string, ControlFile>;
}

export interface ControlFile {
  readonly mode: number;
  readonly content: Buffer;
}

const MAX_CONTROL_BYTES = 16 << 20;

/** Reads a verified `.deb`. Throws PACKAGE_INVALID, which names the package, TAR_UNSAFE, INTERRUPTED. */
export async function unpackPackage(path: string, locked: LockedPackage, spool: Spool, io: Io): Promise<DebianPackage> {
  try {
    return await unpack(path, locked, spool, io);
  } catch (error) {
    if (!isLadingError(error) || error.code === 'INTERRUPTED') throw error;
    const code = error.code === 'TAR_UNSAFE' ? 'TAR_UNSAFE' : 'PACKAGE_INVALID';
    throw new LadingError(code, `Cannot unpack ${locked.name} ${locked.version}: ${messageOf(error)}`, {
      hint: error.hint,
      cause: error,
      details: { package: locked.name, version: locked.version },
    });
  }
}

async function unpack(path: string, locked: LockedPackage, spool: Spool, io: Io): Promise<DebianPackage> {
  let controlFiles = new Map<string, ControlFile>();
  let record: PackageRecord | undefined;
  let entries: PackageEntry[] = [];
  for await (const { part, compression, content } of readPackageArchive(fromFile(path, io))) {
    const tar = decompressed(content, compression, io);
    if (part === 'control') {
      controlFiles = await readControlFiles(tar, io);
      const control = controlFiles.get('control');
      if (control === undefined) throw invalid('its control archive has no file "control"');
      controlFiles.delete('control');
      record = new PackageRecord(parseParagraph(control.content));
      if (record.name !== locked.name || record.version !== locked.version) {
        throw invalid(`it says that it is ${record}`);
      }
    } else {
      const conffiles = conffilesOf(controlFiles);
      entries = await readEntries(tar, (entry) => (conffiles.has(entry) ? 'md5' : undefined), spool, io);
    }
  }
  if (record === undefined) throw invalid('it has no control archive');
  const { name, version } = record;
  return { name, version, record, controlFiles, entries };
}

function decompressed(bytes: Bytes, compression: PackageCompression, io: Io): Bytes {
  switch (compression) {
    case 'none':
      return bytes;
    case 'gzip':
      return gunzip(bytes, io);
    case 'zstd':
      return unzstd(bytes, io);
    case 'xz':
      return unxz(bytes, io);
    default:
      throw invalid(`it is compressed with ${compression}, which is not supported`);
  }
}

async function readControlFiles(tar: Bytes, io: Io): Promise<Map<string, ControlFile>> {
  const files = new Map<string, ControlFile>();
  let left = MAX_CONTROL_BYTES;
  for await (const entry of readTar(tar, io)) {
    if (entry.type !== 'file' || entry.path.includes('/')) continue;
    const content = await collect(entry.content, { maxBytes: left, what: `the control file ${entry.path}`, ...io });
    left -= content.length;
    files.set(entry.path, { mode: entry.mode & 0o755, content });
  }
  return files;
}

/** Paths of configuration files, relative. A line may start with a flag such as `remove-on-upgrade`, whose path is not shipped. */
function conffilesOf(files: ReadonlyMap<string, ControlFile>): ReadonlySet<string> {
  const lines = files.get('conffiles')?.content.toString('utf8').split('\n') ?? [];
  return new Set(lines.filter((line) => line.startsWith('/')).map((line) => line.slice(1).trim()));
}

function invalid(fault: string): LadingError {
  return new LadingError('PACKAGE_INVALID', fault);
}
