import { readdir, stat } from 'node:fs/promises';
import { basename, dirname, join, resolve } from 'node:path';
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
 * of their names. Throws FILE_NOT_FOUND, FILE_UNREADABLE.
 */
export async function findAdvisoryFiles(path: string, options: FindFilesOptions = {}): Promise<AdvisoryFile[]> {
  const { ecosystems } = options;
  try {
    if (!(await stat(path)).isDirectory()) return [advisoryFile(path, namedByFolder(path))];
    const names = (await readdir(path, { recursive: true })).filter((name) => isSource(basename(name))).sort();
    const files = names.map((name) =>
      advisoryFile(join(path, name), name === 'all.zip' ? namedByFolder(join(path, name)) : name),
    );
    if (ecosystems === undefined) return files;
    const wanted = new Set(ecosystems.map(ecosystemFamily));
    return files.filter(({ ecosystem }) => ecosystem === undefined || wanted.has(ecosystem));
  } catch (cause) {
    const absent = cause instanceof Error && 'code' in cause && cause.code === 'ENOENT';
    throw new LadingError(
      absent ? 'FILE_NOT_FOUND' : 'FILE_UNREADABLE',
      `Cannot read advisories from ${path}: ${absent ? 'there is no such file or folder' : messageOf(cause)}`,
      { cause },
    );
  }
}

/** A file by the name that it has in its source: `<Ecosystem>/all.zip`, as OSV publishes its dumps, is all there is of that ecosystem. */
export function advisoryFile(path: string, name: string): AdvisoryFile {
  const folder = basename(dirname(name));
  const isDump = basename(name) === 'all.zip' && versionOrderOf(folder) !== undefined;
  return { path, name, ...(isDump ? { ecosystem: folder } : {}) };
}

function namedByFolder(path: string): string {
  const whole = resolve(path);
  return basename(whole) === 'all.zip' ? join(basename(dirname(whole)), 'all.zip') : basename(whole);
}

function isSource(name: string): boolean {
  // Debian's tracker publishes itself as `tracker/data/json`.
  return name === 'json' || /\.(?:zip|json|jsonl|csv)(?:\.gz)?$/.test(name);
}
