import { type BigIntStats, lstatSync, readdirSync, readlinkSync, type Stats } from 'node:fs';
import { setImmediate } from 'node:timers/promises';
import { throwIfAborted } from '@lading/errors';
import { decodeName, type EntryType, type TarHeader } from '@lading/tar';
import { join } from './tree-node.ts';
import { unpackFailed } from './unpack-failed.ts';

/** How many files are asked for between two breaths of the event loop. */
const BATCH = 500;

export interface WalkOptions {
  readonly exclude: (path: string) => boolean;
  readonly signal: AbortSignal | undefined;
}

export interface FoundFile {
  readonly header: TarHeader;
  readonly disk: Buffer;
  /** Equal for the names of one file; undefined for a file with one name. */
  readonly identity: string | undefined;
}

/** Everything below a folder, in no particular order; links are not followed, sockets left out. */
export async function walkFolder(root: string, options: WalkOptions): Promise<FoundFile[]> {
  const found: FoundFile[] = [];
  const pending: { path: string; disk: Buffer }[] = [{ path: '', disk: Buffer.from(root) }];
  const slash = Buffer.from('/');
  for (let next = pending.pop(); next !== undefined; next = pending.pop()) {
    throwIfAborted(options.signal);
    try {
      for (const name of readdirSync(next.disk, 'buffer')) {
        const path = join(next.path, decodeName(name));
        if (options.exclude(path)) continue;
        const disk = Buffer.concat([next.disk, slash, name]);
        const file = describe(path, disk);
        if (file === undefined) continue;
        found.push(file);
        if (file.header.type === 'directory') pending.push({ path, disk });
        if (found.length % BATCH === 0) await setImmediate();
      }
    } catch (error) {
      throw unpackFailed(next.path, error, 'scan');
    }
  }
  return found;
}

function describe(path: string, disk: Buffer): FoundFile | undefined {
  const stats = lstatSync(disk);
  const type = typeOf(stats);
  if (type === undefined) return undefined;
  const hasMoreNames = type !== 'directory' && stats.nlink > 1;
  const isDevice = type === 'character' || type === 'block';
  // Inode and device numbers may exceed what a double holds.
  const exact = hasMoreNames || isDevice ? lstatSync(disk, { bigint: true }) : undefined;
  const header: TarHeader = {
    path,
    type,
    mode: type === 'symlink' ? 0o777 : stats.mode & 0o7777,
    uid: stats.uid,
    gid: stats.gid,
    size: type === 'file' ? stats.size : 0,
    mtime: stats.mtimeMs / 1000,
    ...(type === 'symlink' ? { linkPath: decodeName(readlinkSync(disk, 'buffer')) } : {}),
    ...(isDevice && exact !== undefined ? deviceOf(exact) : {}),
  };
  return { header, disk, identity: hasMoreNames && exact !== undefined ? `${exact.dev}:${exact.ino}` : undefined };
}

function typeOf(stats: Stats): EntryType | undefined {
  if (stats.isFile()) return 'file';
  if (stats.isDirectory()) return 'directory';
  if (stats.isSymbolicLink()) return 'symlink';
  if (stats.isCharacterDevice()) return 'character';
  if (stats.isBlockDevice()) return 'block';
  if (stats.isFIFO()) return 'fifo';
  return undefined;
}

/** Linux's encoding of device numbers, makedev(3). */
function deviceOf(stats: BigIntStats): { deviceMajor: number; deviceMinor: number } {
  const id = stats.rdev;
  return {
    deviceMajor: Number(((id >> 8n) & 0xfffn) | ((id >> 32n) & 0xfffff000n)),
    deviceMinor: Number((id & 0xffn) | ((id >> 12n) & 0xffffff00n)),
  };
}
