import { collect, fromBuffer, fromFile, gunzip, type Io } from '@lading/bytes';
import {
  type AlpineArchive,
  AlpinePackage,
  type PackageInfo,
  parsePackageInfo,
  readAlpineArchive,
} from '@lading/distro';
import { isLadingError, LadingError, messageOf } from '@lading/errors';
import { readTar } from '@lading/tar';
import type { Spool } from '../../internal/spool.ts';
import type { LockedPackage } from '../lock.ts';
import { readEntries, type UnpackedPackage } from '../unpacked-package.ts';

/** In the order in which apk keeps them. */
export const scriptTypes = [
  'pre-install',
  'post-install',
  'pre-deinstall',
  'post-deinstall',
  'pre-upgrade',
  'post-upgrade',
  'trigger',
] as const;

export type ScriptType = (typeof scriptTypes)[number];

/** An Alpine package taken apart. The checksums of its files are SHA-1. */
export interface UnpackedAlpinePackage extends UnpackedPackage {
  readonly record: AlpinePackage;
  readonly scripts: ReadonlyMap<ScriptType, Buffer>;
  /** Globs of directories whose changes its trigger wants to hear of. */
  readonly triggers: readonly string[];
}

const MAX_CONTROL_BYTES = 16 << 20;

/** Reads a verified `.apk`. Throws PACKAGE_INVALID, which names the package, TAR_UNSAFE, INTERRUPTED. */
export async function unpackAlpinePackage(
  path: string,
  locked: LockedPackage,
  spool: Spool,
  io: Io,
): Promise<UnpackedAlpinePackage> {
  const { name, version, size } = locked;
  let archive: AlpineArchive | undefined;
  try {
    archive = await readAlpineArchive(fromFile(path, io));
    const { control, checksum, data } = archive;
    const { info, scripts } = await readControl(control);
    const record = new AlpinePackage(new Map([...info.fields, ['C', checksum], ['S', String(size)]]), locked.suite);
    if (record.name !== name || record.version !== version || checksum !== (locked.checksum ?? checksum)) {
      throw new LadingError('PACKAGE_INVALID', `it says that it is ${record} (${checksum})`);
    }
    const entries = await readEntries(gunzip(data, io), () => 'sha1', spool, io);
    return { name, version, record, scripts, triggers: info.triggers, entries: entries.filter(isInstalled) };
  } catch (error) {
    if (!isLadingError(error) || error.code === 'INTERRUPTED') throw error;
    const code = error.code === 'TAR_UNSAFE' ? 'TAR_UNSAFE' : 'PACKAGE_INVALID';
    throw new LadingError(code, `Cannot unpack ${name} ${version}: ${messageOf(error)}`, {
      hint: error.hint,
      cause: error,
      details: { package: name, version },
    });
  } finally {
    await archive?.close();
  }
}

// As apk: what starts with a dot on top is about the package, and `.keep_*` only keeps a directory from being empty.
function isInstalled({ path }: { readonly path: string }): boolean {
  return path !== '' && !path.startsWith('.') && !path.slice(path.lastIndexOf('/') + 1).startsWith('.keep_');
}

/** The files of the control part. Throws PACKAGE_INVALID. */
export async function readControl(
  tar: Buffer,
): Promise<{ info: PackageInfo; scripts: ReadonlyMap<ScriptType, Buffer> }> {
  const files = new Map<string, Buffer>();
  for await (const { path, content } of readTar(fromBuffer(tar))) {
    files.set(path, await collect(content, { maxBytes: MAX_CONTROL_BYTES, what: `the control file ${path}` }));
  }
  const info = files.get('.PKGINFO');
  if (info === undefined) throw new LadingError('PACKAGE_INVALID', 'its control part has no .PKGINFO');
  const scripts = scriptTypes.flatMap((type) => {
    const script = files.get(`.${type}`);
    return script === undefined ? [] : [[type, script] as const];
  });
  return { info: parsePackageInfo(info.toString('utf8')), scripts: new Map(scripts) };
}
