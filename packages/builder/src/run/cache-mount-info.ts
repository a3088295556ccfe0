import { readdir, readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { IdMapping } from '@lading/runtime';

// On disk: CACHE/mounts/MAPPING/HEX/{mount.json,root/files}, and locks beside HEX. Owners depend on how ids are mapped, so that each
// mapping has its own. Which mount it is, is told by its id and what the folder was made with; what is in it, by nothing.

/** Which cache mount (Dockerfile reference §run---mounttypecache). */
export interface CacheMountName {
  readonly id: string;
  /** Of the folder, when it is made. */
  readonly mode: number;
  readonly uid: number;
  readonly gid: number;
}

/** Equal for requests that get one and the same cache mount. */
export function cacheMountKey({ id, mode, uid, gid }: CacheMountName): string {
  return JSON.stringify([id, mode, uid, gid]);
}

/** A cache mount as the cache lists it. */
export interface CacheMountInfo extends CacheMountName {
  /** The folder that goes when it is removed. */
  readonly path: string;
  readonly usedAt: Date;
}

/** Every cache mount of every mapping. */
export async function* listCacheMounts(
  cacheFolder: string,
): AsyncGenerator<CacheMountInfo & { readonly mapping: IdMapping }, void, void> {
  for (const mapping of ['none', 'range', 'single'] as const) {
    const parent = join(cacheFolder, 'mounts', mapping);
    for (const name of (await readdir(parent).catch(() => [])).sort()) {
      const path = join(parent, name);
      const file = join(path, 'mount.json');
      const [info, text] = await Promise.all([stat(file), readFile(file, 'utf8')]).catch(() => []);
      if (info === undefined || text === undefined) continue;
      try {
        const { id, mode, uid, gid } = JSON.parse(text) as CacheMountName;
        yield { id, mode, uid, gid, path, mapping, usedAt: info.mtime };
      } catch {
        // Half written: the next step that wants it makes it anew.
      }
    }
  }
}
