import { createHash } from 'node:crypto';
import { type Bytes, type Io, tap } from '@lading/bytes';
import { LadingError } from '@lading/errors';
import { readTar, type TarHeader } from '@lading/tar';
import type { Spool, Stretch } from '../internal/spool.ts';

/** A package taken apart: what it is, and its files with their contents in a spool. */
export interface UnpackedPackage {
  readonly name: string;
  readonly version: string;
  /** In the order of the archive, paths as shipped. */
  readonly entries: readonly PackageEntry[];
}

export interface PackageEntry extends TarHeader {
  /** Of a file, and of a hard link to one. */
  readonly stretch?: Stretch;
  /** Hexadecimal; of files whose content the distribution keeps a hash of. */
  readonly checksum?: string;
}

/** Reads the files of a package into the spool. `checksumOf` says which hash is wanted of a path. Throws PACKAGE_INVALID, TAR_UNSAFE. */
export async function readEntries(
  tar: Bytes,
  checksumOf: (path: string) => 'md5' | 'sha1' | undefined,
  spool: Spool,
  io: Io,
): Promise<PackageEntry[]> {
  const entries: PackageEntry[] = [];
  const files = new Map<string, PackageEntry>();
  for await (const entry of readTar(tar, io)) {
    const { content, offset: _, contentOffset: __, sparse: ___, ...header } = entry;
    // Databases of what is installed have a line for each path: a line break in one would put files, or packages, into them.
    if (/\p{Cc}/u.test(entry.path)) {
      throw new LadingError('PACKAGE_INVALID', `its path ${JSON.stringify(entry.path)} has control characters`);
    }
    if (entry.type === 'file') {
      const algorithm = checksumOf(entry.path);
      const hash = algorithm === undefined ? undefined : createHash(algorithm);
      const bytes = hash === undefined ? content : tap(content, (chunk) => hash.update(chunk));
      const stretch = await spool.add(bytes, entry.size);
      const file = { ...header, stretch, ...(hash === undefined ? {} : { checksum: hash.digest('hex') }) };
      files.set(entry.path, file);
      entries.push(file);
    } else if (entry.type === 'hardlink') {
      const { stretch, checksum } = files.get(entry.linkPath ?? '') ?? {};
      if (stretch === undefined) {
        const fault = `the hard link "${entry.path}" leads to "${entry.linkPath}", which is not before it`;
        throw new LadingError('PACKAGE_INVALID', fault);
      }
      entries.push({ ...header, size: stretch.size, stretch, ...(checksum === undefined ? {} : { checksum }) });
    } else {
      entries.push(header);
    }
  }
  return entries;
}
