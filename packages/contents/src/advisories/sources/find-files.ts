import { readdir, stat } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { versionOrderOf } from '@lading/distro';
import { LadingError, messageOf } from '@lading/errors';
import type { AdvisoryFile } from '../build/advisory-file.ts';
import { ecosystemFamily } from '../ecosystem-name.ts';

export interface FindFilesOptions {
  /** Of dumps only those of these ecosystems; all that are there unless told. */
  readonly ecosystems?: readonly string[] | undefined;
}

/**
 * The files of a source on this machine: the file itself, or of a folder all zips, JSON, JSON lines and CSV files at any depth, in the order
 * of their names. `<Ecosystem>/all.zip`, as OSV publishes its dumps, is all there is of that ecosystem. Throws FILE_NOT_FOUND,
 * FILE_UNREADABLE.
 */
export async function findAdvisoryFiles(path: string, options: FindFilesOptions = {}): Promise<AdvisoryFile[]> {
  if ((await kindOf(path)) === 'file') return [fileOf(path, basename(path))];
  const files: AdvisoryFile[] = [];
  const names = (await readdir(path, { recursive: true })).filter((name) => isSource(basename(name))).sort();
  for (const name of names) files.push(fileOf(join(path, name), name));
  const { ecosystems } = options;
  if (ecosystems === undefined) return files;
  const wanted = new Set(ecosystems.map(ecosystemFamily));
  return files.filter(({ ecosystem }) => ecosystem === undefined || wanted.has(ecosystem));
}

function isSource(name: string): boolean {
  // Debian's tracker publishes itself as `tracker/data/json`.
  return name === 'json' || /\.(?:zip|json|jsonl|csv)(?:\.gz)?$/.test(name);
}

/** A file under the name of the ecosystem that its folder has, where it is a dump. */
export function fileOf(path: string, name: string, folder: string = basename(dirname(path))): AdvisoryFile {
  const isDump = basename(path) === 'all.zip' && versionOrderOf(folder) !== undefined;
  return { path, name, ...(isDump ? { ecosystem: folder } : {}) };
}

async function kindOf(path: string): Promise<'file' | 'folder'> {
  try {
    return (await stat(path)).isDirectory() ? 'folder' : 'file';
  } catch (cause) {
    const absent = cause instanceof Error && 'code' in cause && cause.code === 'ENOENT';
    throw new LadingError(
      absent ? 'FILE_NOT_FOUND' : 'FILE_UNREADABLE',
      `Cannot read advisories from ${path}: ${absent ? 'there is no such file or folder' : messageOf(cause)}`,
      { cause },
    );
  }
}
