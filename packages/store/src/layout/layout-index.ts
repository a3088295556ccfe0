import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Io } from '@lading/bytes';
import { type Descriptor, type Digest, encodeJson, type ImageIndex, mediaTypes } from '@lading/oci';
import { hasErrno, replaceFile } from '../internal/durable-file.ts';
import { withFileLock } from '../internal/file-lock.ts';
import { syncFolder } from '../internal/sync-folder.ts';
import { layoutInvalid, parseLayoutIndex } from './parse-layout.ts';

/** OCI image-spec 1.1 §annotations: in index.json, the name of an entry. */
const refName = 'org.opencontainers.image.ref.name';

export const emptyIndex: ImageIndex = { schemaVersion: 2, mediaType: mediaTypes.ociIndex, manifests: [] };

export function nameOf(entry: Descriptor): string | undefined {
  return entry.annotations?.[refName];
}

export function named(entry: Descriptor, name: string): Descriptor {
  return { ...entry, annotations: { ...entry.annotations, [refName]: name } };
}

export function unnamed(entry: Descriptor): Descriptor {
  const { annotations, ...rest } = entry;
  const { [refName]: _, ...others } = annotations ?? {};
  return Object.keys(others).length === 0 ? rest : { ...rest, annotations: others };
}

/** An entry for each digest that `before` listed and `after` does not, without its name: a manifest is not dropped by moving its tag. */
export function keepAll(before: readonly Descriptor[], after: readonly Descriptor[]): Descriptor[] {
  const seen = new Set<Digest>(after.map((entry) => entry.digest));
  const lost: Descriptor[] = [];
  for (const entry of before) {
    if (seen.has(entry.digest)) continue;
    seen.add(entry.digest);
    lost.push(unnamed(entry));
  }
  return [...after, ...lost];
}

/** `index.json`, read anew each time, for other programs may change it; changed under a lock and replaced as a whole. */
export class LayoutIndex {
  readonly #root: string;
  readonly #path: string;

  constructor(root: string) {
    this.#root = root;
    this.#path = join(root, 'index.json');
  }

  async read(): Promise<ImageIndex> {
    try {
      return parseLayoutIndex(await readFile(this.#path), this.#root);
    } catch (error) {
      if (hasErrno(error, 'ENOENT')) throw layoutInvalid(this.#root, 'there is no index.json', error);
      throw error;
    }
  }

  async write(index: ImageIndex): Promise<void> {
    await replaceFile(this.#path, encodeJson(index));
  }

  /** Fields of the index that are not understood stay. `change` returns the entries it was given to leave the file alone. */
  async update<T>(
    lock: string,
    change: (entries: readonly Descriptor[]) => Promise<{ entries: readonly Descriptor[]; result: T }>,
    io: Io,
  ): Promise<T> {
    return withFileLock(
      lock,
      async () => {
        const index = await this.read();
        const { entries, result } = await change(index.manifests);
        if (entries !== index.manifests) await this.write({ ...index, manifests: entries });
        // What was found may be of a writer who died before its sync, and the caller takes it for durable.
        else await syncFolder(this.#root);
        return result;
      },
      io,
    );
  }
}
