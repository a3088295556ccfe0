import { lstat, readdir, readFile, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { isDigest } from '@lading/oci';
import { listCacheMounts } from '../run/cache-mount-info.ts';
import { keyFileSuffix } from './key-file-suffix.ts';
import { parseOutcome, type StepOutcome } from './step-cache.ts';

/** One thing of the build cache that can be given up on its own. */
export interface CacheFile {
  /** `key`: what a step's key was made of; `context`: digests of the files of a folder; `scan`: what was learnt from a layer. */
  readonly kind: 'step' | 'key' | 'context' | 'download' | 'repository' | 'scan' | 'mount';
  /** Of a mount or a git repository a folder. */
  readonly path: string;
  /** Bytes of the file; of a step without its layer, which lies in the content store. */
  readonly size: number;
  readonly usedAt: Date;
  /** Of a step that made one. */
  readonly layer?: StepOutcome['layer'];
}

/**
 * Everything in a cache folder: outcomes of steps and what their keys were made of, verified downloads, git repositories, what was learnt
 * from layers and folders, and cache mounts. An outcome that cannot be read has no layer.
 */
export async function* listCacheFiles(folder: string): AsyncGenerator<CacheFile, void, undefined> {
  for await (const path of filesBelow(join(folder, 'steps'))) {
    if (path.endsWith(keyFileSuffix)) {
      yield* fileOf('key', path);
      continue;
    }
    const hex = /([0-9a-f]{64})\.json$/.exec(path)?.[1];
    const [info, text] = await Promise.all([stat(path), readFile(path, 'utf8')]).catch(() => []);
    if (info === undefined || text === undefined) continue;
    const key = `sha256:${hex}`;
    const layer = isDigest(key) ? parseOutcome(text, key)?.layer : undefined;
    yield { kind: 'step', path, size: info.size, usedAt: info.mtime, ...(layer === undefined ? {} : { layer }) };
  }
  for (const part of ['sha256', 'release']) {
    for await (const path of filesBelow(join(folder, 'packages', part))) yield* fileOf('download', path);
  }
  for await (const path of filesBelow(join(folder, 'contexts'))) yield* fileOf('context', path);
  for await (const path of filesBelow(join(folder, 'http', 'content'))) {
    const info = await stat(path).catch(() => undefined);
    if (info !== undefined) yield { kind: 'download', path, size: info.size, usedAt: info.mtime };
  }
  for (const name of await readdir(join(folder, 'git')).catch(() => [])) {
    const path = join(folder, 'git', name);
    const info = await stat(path).catch(() => undefined);
    if (info !== undefined) yield { kind: 'repository', path, size: await sizeBelow(path), usedAt: info.mtime };
  }
  for await (const path of filesBelow(join(folder, 'layers'))) {
    const info = await stat(path).catch(() => undefined);
    if (info !== undefined) yield { kind: 'scan', path, size: info.size, usedAt: info.mtime };
  }
  for await (const { path, usedAt } of listCacheMounts(folder)) {
    yield { kind: 'mount', path, size: await sizeBelow(path), usedAt };
  }
}

/** Of files that are only read the system's own record of that is the best there is: right to a day on most machines. */
async function* fileOf(kind: CacheFile['kind'], path: string): AsyncGenerator<CacheFile, void, undefined> {
  const info = await stat(path).catch(() => undefined);
  if (info === undefined) return;
  yield { kind, path, size: info.size, usedAt: new Date(Math.max(info.atimeMs, info.mtimeMs)) };
}

/** A cache mount that a step uses stays. */
export async function removeCacheFile({ kind, path }: Pick<CacheFile, 'kind' | 'path'>): Promise<void> {
  if (kind !== 'mount') return rm(path, { recursive: kind === 'repository', force: true });
  const { removeCacheMount } = await import('../run/cache-mount.ts');
  await removeCacheMount(path);
}

export interface Leftovers {
  readonly files: number;
  /** Bytes. */
  readonly size: number;
}

/** What builds that were killed left behind: partial downloads and spools that nobody has written to for so long. */
export async function removeLeftovers(
  folder: string,
  { olderThanMs, dryRun = false }: { readonly olderThanMs: number; readonly dryRun?: boolean | undefined },
): Promise<Leftovers> {
  let [files, size] = [0, 0];
  for (const part of ['packages/partial', 'packages/work', 'http/partial', 'spool']) {
    for await (const path of filesBelow(join(folder, part))) {
      const info = await stat(path).catch(() => undefined);
      if (info === undefined || Date.now() - info.mtimeMs < olderThanMs) continue;
      if (!dryRun) await rm(path, { force: true });
      files++;
      size += info.size;
    }
  }
  return { files, size };
}

/** What belongs to other users and is closed to this one does not count. */
async function sizeBelow(folder: string): Promise<number> {
  let size = 0;
  for await (const file of filesBelow(folder)) size += (await lstat(file).catch(() => undefined))?.size ?? 0;
  return size;
}

async function* filesBelow(folder: string): AsyncGenerator<string, void, undefined> {
  const entries = await readdir(folder, { withFileTypes: true }).catch(() => []);
  for (const entry of entries) {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) yield* filesBelow(path);
    else if (entry.isFile()) yield path;
  }
}
