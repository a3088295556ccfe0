import { type FileHandle, open, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { isLadingError, messageOf } from '@lading/errors';
import type { FoundPackage, LayerWarning } from '@lading/facts';
import type { CatalogedFile, Cataloger, Fact } from '../catalogers/cataloger.ts';
import { assertSize, fileHeader } from './cataloged-bytes.ts';

export interface FolderFacts {
  readonly packages: readonly FoundPackage[];
  /** Everything else that was said, in the order of paths. */
  readonly facts: readonly Exclude<Fact, { kind: 'package' | 'warning' }>[];
  readonly warnings: readonly LayerWarning[];
}

/**
 * What catalogers say of the files of a folder, as if it were a layer: how tests hold them against the ecosystems' own tools on what those
 * have installed. Symbolic links are not followed.
 */
export async function catalogFolder(folder: string, catalogers: readonly Cataloger[]): Promise<FolderFacts> {
  const packages: FoundPackage[] = [];
  const facts: Exclude<Fact, { kind: 'package' | 'warning' }>[] = [];
  const warnings: LayerWarning[] = [];
  for await (const path of filesOf(folder, '')) {
    const handle = await open(join(folder, path));
    try {
      const file = await openFile(handle, path);
      const start = await file.read(0, 64 << 10);
      for (const cataloger of catalogers) {
        if (!cataloger.wants(file.header, start)) continue;
        try {
          for await (const fact of cataloger.read(file)) {
            if (fact.kind === 'package') packages.push({ location: path, ...fact.package, cataloger: cataloger.name });
            else if (fact.kind === 'warning') warnings.push({ path, ...fact });
            else facts.push(fact);
          }
        } catch (error) {
          if (!isLadingError(error)) throw error;
          warnings.push({ path, message: messageOf(error) });
        }
      }
    } finally {
      await handle.close();
    }
  }
  return { packages, facts, warnings };
}

async function* filesOf(root: string, folder: string): AsyncGenerator<string, void, void> {
  const entries = await readdir(join(root, folder), { withFileTypes: true });
  entries.sort((a, b) => (a.name < b.name ? -1 : 1));
  for (const entry of entries) {
    const path = folder === '' ? entry.name : `${folder}/${entry.name}`;
    if (entry.isDirectory()) yield* filesOf(root, path);
    else if (entry.isFile()) yield path;
  }
}

async function openFile(handle: FileHandle, path: string): Promise<CatalogedFile> {
  const { size, mode } = await handle.stat();
  const read = async (offset: number, length: number): Promise<Buffer> => {
    const { bytesRead, buffer } = await handle.read(Buffer.alloc(Math.min(length, Math.max(0, size - offset))), {
      position: offset,
    });
    return buffer.subarray(0, bytesRead);
  };
  return {
    path,
    header: fileHeader(path, size, mode & 0o7777),
    size,
    read,
    whole: async (maxBytes = Number.POSITIVE_INFINITY) => {
      assertSize(path, size, maxBytes);
      return read(0, size);
    },
  };
}
