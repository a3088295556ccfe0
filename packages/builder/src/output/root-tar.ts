import type { Bytes, Io } from '@lading/bytes';
import type { Layer } from '@lading/image';
import { type TarEntryInput, writeTar } from '@lading/tar';
import { createFileSystems } from '../file-system.ts';
import { entriesWithContent, planNodes } from './file-system-entries.ts';

export interface RootTarOptions extends Io {
  /** For contents on their way, which are removed again. */
  readonly spoolFolder: string;
}

/** A root file system to put into an archive, in a folder of it; in no folder where that is empty. */
export interface RootOfImage {
  readonly layers: readonly Layer[];
  readonly folder: string;
}

/**
 * The root file systems of images as one uncompressed tar in byte order, without whiteouts; equal images give equal bytes. Owners,
 * modes, times, extended attributes and hard links are those of the image. Throws as reading layers does.
 */
export function rootTar(roots: readonly RootOfImage[], options: RootTarOptions): Bytes {
  return writeTar(entries(roots, options), options);
}

async function* entries(
  roots: readonly RootOfImage[],
  options: RootTarOptions,
): AsyncGenerator<TarEntryInput, void, undefined> {
  for (const { layers, folder } of roots) {
    const system = await createFileSystems().open(layers, options);
    const plan = planNodes(system.tree.walk());
    if (folder !== '') yield { path: folder, type: 'directory', mode: 0o755, uid: 0, gid: 0, size: 0, mtime: 0 };
    for await (const entry of entriesWithContent(system, plan, options.spoolFolder, options)) {
      yield folder === '' ? entry : inFolder(folder, entry);
    }
  }
}

function inFolder(folder: string, entry: TarEntryInput): TarEntryInput {
  const { type, linkPath } = entry;
  return {
    ...entry,
    path: `${folder}/${entry.path}`,
    ...(type === 'hardlink' ? { linkPath: `${folder}/${linkPath}` } : {}),
  };
}
