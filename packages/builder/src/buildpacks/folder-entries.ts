import { fromBuffer, type Io } from '@lading/bytes';
import type { TarEntryInput, TarHeader } from '@lading/tar';
import { defaultEpoch } from '../epoch.ts';
import type { FileSource, SourceFile } from '../file-source.ts';

export interface Owner {
  readonly uid: number;
  readonly gid: number;
}

/** Of all that buildpack builds write: 1980-01-01T00:00:01Z (platform API §build reproducibility). */
export const mtime: number = defaultEpoch;

export function folderEntry(path: string, owner: Owner, mode = 0o755): TarHeader {
  return { path, type: 'directory', mode, ...owner, size: 0, mtime };
}

export function fileEntry(path: string, owner: Owner, content: string | Uint8Array, mode = 0o644): TarEntryInput {
  const size = Buffer.byteLength(content);
  return { path, type: 'file', mode, ...owner, size, mtime, ...(size === 0 ? {} : { content: fromBuffer(content) }) };
}

export function linkEntry(path: string, linkPath: string): TarHeader {
  return { path, type: 'symlink', mode: 0o777, uid: 0, gid: 0, size: 0, mtime, linkPath };
}

/** Every file and folder of a source, folders before what they hold, in an order that depends on names alone. */
export async function filesOf(source: FileSource): Promise<SourceFile[]> {
  const files: SourceFile[] = [];
  const add = async (folder: string): Promise<void> => {
    for (const file of await source.list(folder)) {
      files.push(file);
      if (file.type === 'directory') await add(file.path);
    }
  };
  await add('');
  return files;
}

/** The files of a source, put below a folder of a layer and given to one owner. */
export async function* entriesBelow(
  target: string,
  source: FileSource,
  files: readonly SourceFile[],
  owner: Owner,
  io: Io,
): AsyncGenerator<TarEntryInput, void, void> {
  for (const file of files) {
    const { path, type, mode, size, linkPath } = file;
    const header: TarHeader = {
      ...{ path: `${target}/${path}`, type, mode, ...owner, size, mtime },
      ...(linkPath === undefined ? {} : { linkPath }),
    };
    if (type !== 'file' || size === 0) yield header;
    else for await (const [, content] of source.read([file], io)) yield { ...header, content };
  }
}
