import { createHash } from 'node:crypto';
import { collect, fromBuffer } from '@lading/bytes';
import { formatAlpineDependency, formatAlpinePackage, parseAlpineDependency } from '@lading/distro';
import { compareNames, encodeName, type TarEntryInput, writeTar } from '@lading/tar';
import type { Replaced } from '../merge-packages.ts';
import type { RootTree } from '../root-tree.ts';
import type { PackageEntry } from '../unpacked-package.ts';
import type { UnpackedAlpinePackage } from './unpack-package.ts';

const folder = 'lib/apk/db';

/** What apk and scanners read: each package with its directories and files. apk-tools, `database.c` apk_db_fdb_write(). */
export function writeInstalled(tree: RootTree, packages: readonly UnpackedAlpinePackage[], replaced: Replaced): void {
  const paragraphs = sorted(packages).map((one) => `${headOf(one)}${filesOf(tree, one, replaced.get(one.name))}\n`);
  tree.addFile(`${folder}/installed`, paragraphs.join(''));
}

/** What apk needs to go on from there: scripts and triggers of the packages, and what was asked for. */
export async function writeApkState(
  tree: RootTree,
  packages: readonly UnpackedAlpinePackage[],
  world: readonly string[],
  architecture: string,
): Promise<void> {
  tree.addFile(`${folder}/lock`, '', { mode: 0o600 });
  tree.addFile(`${folder}/scripts.tar`, await scriptsOf(packages));
  const triggers = sorted(packages).filter((one) => one.triggers.length > 0);
  tree.addFile(
    `${folder}/triggers`,
    triggers.map((one) => `${[one.record.checksum, ...one.triggers].join(' ')}\n`).join(''),
  );
  const requests = [...new Set(world.map((text) => formatAlpineDependency(parseAlpineDependency(text))))];
  tree.addFile(
    'etc/apk/world',
    requests
      .toSorted(compareNames)
      .map((line) => `${line}\n`)
      .join(''),
  );
  tree.addFile('etc/apk/arch', `${architecture}\n`);
}

function sorted(packages: readonly UnpackedAlpinePackage[]): UnpackedAlpinePackage[] {
  return packages.toSorted((a, b) => compareNames(a.name, b.name));
}

function headOf({ record }: UnpackedAlpinePackage): string {
  const replaces = record.replaces.map(formatAlpineDependency).join(' ');
  const priority = record.replacesPriority;
  return [
    formatAlpinePackage(record),
    replaces === '' ? '' : `r:${replaces}\n`,
    priority === 0 ? '' : `q:${priority}\n`,
  ].join('');
}

// Directories in the order of the archive, each with its files.
function filesOf(
  tree: RootTree,
  { entries }: UnpackedAlpinePackage,
  replaced: ReadonlySet<string> | undefined,
): string {
  const byDirectory = new Map<string, string[]>();
  for (const entry of entries) {
    const slash = entry.path.lastIndexOf('/');
    const isDirectory = entry.type === 'directory';
    const directory = isDirectory ? entry.path : entry.path.slice(0, Math.max(0, slash));
    let lines = byDirectory.get(directory);
    if (lines === undefined) {
      lines = [`F:${directory}\n`];
      byDirectory.set(directory, lines);
    }
    if (isDirectory) lines.push(accessOf('M', entry, 0o755));
    else if (replaced?.has(tree.resolve(entry.path)) !== true) {
      lines.push(`R:${entry.path.slice(slash + 1)}\n${accessOf('a', entry, 0o644)}${checksumOf(entry)}`);
    }
  }
  return [...byDirectory.values()].flat().join('');
}

// Owner, group and mode, where they are not root's and usual; with a hash over extended attributes where there are some.
function accessOf(field: 'M' | 'a', { uid, gid, mode, xattrs }: PackageEntry, usual: number): string {
  if (uid === 0 && gid === 0 && mode === usual && xattrs === undefined) return '';
  const hash = xattrs === undefined ? '' : `:${q1(hashOfXattrs(xattrs))}`;
  return `${field}:${uid}:${gid}:${mode.toString(8)}${hash}\n`;
}

// Names and values in the order of the names, each after its length. apk-tools, `io.c` apk_fileinfo_hash_xattr().
function hashOfXattrs(xattrs: ReadonlyMap<string, Uint8Array>): Buffer {
  const hash = createHash('sha1');
  const length = Buffer.alloc(4);
  for (const [name, value] of [...xattrs].toSorted(([a], [b]) => compareNames(a, b))) {
    for (const part of [encodeName(name), value]) {
      length.writeUInt32BE(part.length);
      hash.update(length).update(part);
    }
  }
  return hash.digest();
}

function checksumOf({ type, checksum, linkPath }: PackageEntry): string {
  if (checksum !== undefined) return `Z:${q1(Buffer.from(checksum, 'hex'))}\n`;
  if (type !== 'symlink') return '';
  return `Z:${q1(
    createHash('sha1')
      .update(encodeName(linkPath ?? ''))
      .digest(),
  )}\n`;
}

function q1(hash: Buffer): string {
  return `Q1${hash.toString('base64')}`;
}

async function scriptsOf(packages: readonly UnpackedAlpinePackage[]): Promise<Buffer> {
  const entries = sorted(packages).flatMap(({ record, scripts }) =>
    [...scripts].map(([type, script]): TarEntryInput => {
      const path = `${record.name}-${record.version}.${record.checksum}.${type}`;
      const { buildTime: mtime } = record;
      return {
        path,
        type: 'file',
        mode: 0o755,
        uid: 0,
        gid: 0,
        mtime,
        size: script.length,
        content: fromBuffer(script),
      };
    }),
  );
  return collect(writeTar(entries), { maxBytes: 64 << 20, what: 'the scripts of packages' });
}
