import type { CacheFile } from '@lading/builder/cache';
import { throwIfAborted } from '@lading/errors';
import type { Digest } from '@lading/oci';
import type { Home } from '../home.ts';
import { chooseCache } from './choose-cache.ts';
import { collectSnapshots } from './collect-snapshots.ts';
import type { Retention } from './settings.ts';
import { type Survey, survey } from './survey.ts';
import type { Amount } from './usage.ts';

/** What was removed, or, in a dry run, would be. */
export interface Collected {
  /** Writes, downloads and spools that nobody went on with. */
  readonly partial: Amount;
  /** Manifests that have lost their last name, with their bytes. */
  readonly manifests: Amount;
  /** Layers, configs and whatever else no manifest needs. */
  readonly layers: Amount;
  /** Outcomes of steps with their layers, and downloads. */
  readonly cache: Amount;
  readonly snapshots: Amount;
}

export interface CollectOptions {
  readonly dryRun?: boolean | undefined;
  /** Also snapshots of images that are here, while nothing runs on them. */
  readonly unusedSnapshots?: boolean | undefined;
  readonly signal: AbortSignal;
  /** Bytes that were removed so far. */
  readonly onProgress?: ((bytes: number) => void) | undefined;
}

/**
 * Removes what nothing keeps any more. Names go before the content that they held, so whenever this breaks off no name is left without
 * content. Others may pull, build, tag and remove meanwhile: what they just wrote is too young, what they found here they have leased, and
 * what they recorded is seen right before anything is removed.
 */
export async function collectLocal(home: Home, retention: Retention, options: CollectOptions): Promise<Collected> {
  const { signal, dryRun = false } = options;
  const found = await survey(home, retention, signal);
  const partial = await collectPartial(home, found, retention, dryRun);
  const now = Date.now();
  const dropped = chooseCache(found, {
    inUseSince: new Date(now - retention.graceMs),
    usedSince: new Date(now - retention.cacheMaxAgeMs),
    maxSize: retention.cacheMaxSize,
  });
  const held = new Set(await Array.fromAsync(home.content.leases()));
  const swept = await home.catalog.sweep({
    undoSince: new Date(now - retention.undoMs),
    recordedSince: new Date(now - Math.max(retention.undoMs, retention.graceMs)),
    held,
    dryRun,
  });
  throwIfAborted(signal);
  if (!dryRun) await removeCacheFiles(dropped);
  const content = await collectContent(home, found, { held, dropped, retention, options });
  if (!dryRun) await forgetOrigins(home, found, dropped, retention);
  const manifests = new Set(swept.map(({ descriptor }) => descriptor.digest));
  const amounts = {
    manifests: { count: 0, size: 0 },
    layers: { count: 0, size: 0 },
    cache: { count: dropped.length, size: dropped.reduce((sum, { size }) => sum + size, 0) },
  };
  for (const [digest, size] of content) {
    const amount =
      amounts[manifests.has(digest) ? 'manifests' : found.keeperOf(digest) === 'cache' ? 'cache' : 'layers'];
    amount.size += size;
    if (amount !== amounts.cache) amount.count++;
  }
  const snapshots = await collectSnapshots(home, found, { dropped, retention, ...options });
  return { partial, ...amounts, snapshots };
}

async function collectPartial(home: Home, found: Survey, { partialMs }: Retention, dryRun: boolean): Promise<Amount> {
  const { removeLeftovers } = await import('@lading/builder/cache');
  const leftovers = await removeLeftovers(home.cacheFolder, { olderThanMs: partialMs, dryRun });
  const old = found.ingests.filter(({ writtenAt }) => Date.now() - writtenAt.getTime() > partialMs);
  let gone = old;
  if (!dryRun) {
    await home.content.collectIngests(partialMs);
    const left = new Set((await Array.fromAsync(home.content.ingests())).map(({ id }) => id));
    gone = old.filter(({ id }) => !left.has(id));
  }
  return {
    count: leftovers.files + gone.length,
    size: leftovers.size + gone.reduce((sum, { size }) => sum + size, 0),
  };
}

/** Where content is that nothing here refers to any more need not be known. */
async function forgetOrigins(
  { origins }: Home,
  { kept, cacheFiles }: Survey,
  dropped: readonly CacheFile[],
  { graceMs }: Retention,
): Promise<void> {
  const gone = new Set(dropped);
  const cached = new Set(cacheFiles.filter((file) => !gone.has(file)).map(({ layer }) => layer?.descriptor.digest));
  await origins.prune((digest) => kept.has(digest) || cached.has(digest), graceMs);
}

async function removeCacheFiles(files: readonly CacheFile[]): Promise<void> {
  const { removeCacheFile } = await import('@lading/builder/cache');
  for (const file of files) await removeCacheFile(file);
}

/** Digests and sizes of what went. */
async function collectContent(
  { catalog, content }: Home,
  { blobs, kept, cacheFiles }: Survey,
  {
    held,
    dropped,
    retention: { graceMs },
    options: { dryRun, signal, onProgress },
  }: {
    readonly held: ReadonlySet<Digest>;
    readonly dropped: readonly CacheFile[];
    readonly retention: Retention;
    readonly options: CollectOptions;
  },
): Promise<ReadonlyMap<Digest, number>> {
  const gone = new Set(dropped);
  const cached = new Set(cacheFiles.filter((file) => !gone.has(file)).map(({ layer }) => layer?.descriptor.digest));
  const candidates = [...blobs.values()].filter(({ digest }) => !kept.has(digest) && !cached.has(digest));
  const removed = new Map<Digest, number>();
  if (dryRun === true) {
    const youngest = Date.now() - graceMs;
    for (const { digest, size, createdAt } of candidates) {
      if (!held.has(digest) && (createdAt?.getTime() ?? 0) <= youngest) removed.set(digest, size);
    }
    return removed;
  }
  let bytes = 0;
  const collected = content.collect(
    candidates.map(({ digest }) => digest),
    { olderThanMs: graceMs, keep: (digest) => catalog.isReferenced(digest), signal },
  );
  for await (const { digest, size } of collected) {
    removed.set(digest, size);
    bytes += size;
    onProgress?.(bytes);
  }
  return removed;
}
