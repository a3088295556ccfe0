import { existsSync } from 'node:fs';
import type { CacheFile } from '@lading/builder/cache';
import type { ContentKind, Holding, NameRecord } from '@lading/catalog';
import { LadingError, throwIfAborted } from '@lading/errors';
import type { Digest } from '@lading/oci';
import type { SnapshotInfo } from '@lading/runtime';
import type { BlobInfo, IngestInfo } from '@lading/store';
import type { Home } from '../home.ts';
import type { Retention } from './settings.ts';

/** Why content is here: an image that has a name, one that had one, the build cache, or nothing any more. */
export type Keeper = 'images' | 'undo' | 'cache' | 'nothing';

/** Everything that takes room on this machine, read once: the catalog, the folder of blobs, cache and snapshots. */
export interface Survey {
  readonly blobs: ReadonlyMap<Digest, BlobInfo>;
  readonly names: readonly NameRecord[];
  readonly holdings: readonly Holding[];
  /** What stays because of a name that is or was, and what it is. */
  readonly kept: ReadonlyMap<Digest, ContentKind>;
  readonly cacheFiles: readonly CacheFile[];
  readonly ingests: readonly IngestInfo[];
  readonly snapshots: readonly SnapshotInfo[];
  keeperOf(digest: Digest): Keeper;
}

/** Throws USAGE for the folder of a registry, where names alone do not say what is in use. */
export async function survey(home: Home, { undoMs, graceMs }: Retention, signal: AbortSignal): Promise<Survey> {
  const { catalog, content } = home;
  if (await catalog.hasLinkedBlobs()) throw isRegistry(home.folder);
  const now = Date.now();
  const window = {
    undoSince: new Date(now - undoMs),
    recordedSince: new Date(now - Math.max(undoMs, graceMs)),
  };
  const { listCacheFiles } = await import('@lading/builder/cache');
  const [names, holdings, kept] = await Promise.all([catalog.names(), catalog.holdings(), catalog.keptContent(window)]);
  throwIfAborted(signal);
  const [blobs, cacheFiles, ingests, snapshots] = await Promise.all([
    Array.fromAsync(content.list({ signal })),
    Array.fromAsync(listCacheFiles(home.cacheFolder)),
    Array.fromAsync(content.ingests()),
    snapshotsIn(home.snapshotFolder),
  ]);
  const held = new Set(holdings.map(({ digest }) => digest));
  const cached = new Set(cacheFiles.map(({ layer }) => layer?.descriptor.digest));
  return {
    blobs: new Map(blobs.map((blob) => [blob.digest, blob])),
    names,
    holdings,
    kept,
    cacheFiles,
    ingests,
    snapshots,
    keeperOf: (digest) =>
      held.has(digest) ? 'images' : kept.has(digest) ? 'undo' : cached.has(digest) ? 'cache' : 'nothing',
  };
}

async function snapshotsIn(folder: string): Promise<readonly SnapshotInfo[]> {
  if (!existsSync(folder)) return [];
  const { listSnapshots } = await import('@lading/runtime');
  return listSnapshots(folder);
}

function isRegistry(folder: string): LadingError {
  return new LadingError('USAGE', `Cannot tidy ${folder}: it is the folder of a registry`, {
    hint: 'This is for images that were pulled and built here; leave --root out, or name another folder.',
    details: { folder },
  });
}
