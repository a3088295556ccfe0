import type { CacheFile } from '@lading/builder/cache';
import { isLadingError, throwIfAborted } from '@lading/errors';
import { type Digest, maxConfigBytes, parseConfig } from '@lading/oci';
import type { SnapshotInfo } from '@lading/runtime';
import type { Home } from '../home.ts';
import type { Retention } from './settings.ts';
import type { Survey } from './survey.ts';
import type { Amount } from './usage.ts';

/**
 * Removes snapshots of layers that no image and no outcome in the build cache has any more, or, when asked, of all; never one that
 * something runs on. On a machine that cannot run containers there is nobody to remove them safely, and they stay.
 */
export async function collectSnapshots(
  home: Home,
  found: Survey,
  options: {
    readonly dropped: readonly CacheFile[];
    readonly retention: Retention;
    readonly unusedSnapshots?: boolean | undefined;
    readonly dryRun?: boolean | undefined;
    readonly signal: AbortSignal;
  },
): Promise<Amount> {
  if (found.snapshots.length === 0) return { count: 0, size: 0 };
  const known = options.unusedSnapshots === true ? new Set<Digest>() : await knownLayers(home, found, options);
  const inUseSince = new Date(Date.now() - options.retention.graceMs);
  const keep = (snapshot: SnapshotInfo): boolean => known.has(snapshot.diffId) || snapshot.usedAt >= inUseSince;
  if (options.dryRun === true) return amountOf(goneOf(found.snapshots, keep));
  try {
    const { snapshots } = await (await home.snapshots()).prune({ keep });
    const removed = new Set(snapshots);
    return amountOf(found.snapshots.filter(({ chainId }) => removed.has(chainId)));
  } catch (error) {
    if (isLadingError(error, 'RUNTIME_UNAVAILABLE')) return { count: 0, size: 0 };
    throw error;
  }
}

/** Layers by the digest of their tar, which is what a snapshot knows. */
async function knownLayers(
  { content }: Home,
  { kept, cacheFiles }: Survey,
  { dropped, signal }: { readonly dropped: readonly CacheFile[]; readonly signal: AbortSignal },
): Promise<ReadonlySet<Digest>> {
  const { get } = await import('@lading/store');
  const gone = new Set(dropped);
  const known = new Set<Digest>();
  for (const file of cacheFiles) if (!gone.has(file) && file.layer !== undefined) known.add(file.layer.diffId);
  for (const [digest, kind] of kept) {
    if (kind !== 'config') continue;
    throwIfAborted(signal);
    try {
      const config = parseConfig(await get(content, digest, { maxBytes: maxConfigBytes, signal }));
      for (const diffId of config.rootfs.diff_ids) known.add(diffId);
    } catch {
      // Of an artifact that is no image, of another platform's image, or damaged: it has no snapshots that could be used.
      throwIfAborted(signal);
    }
  }
  return known;
}

/** Those that a prune would remove: what is kept keeps those it stands on. */
function goneOf(all: readonly SnapshotInfo[], keep: (snapshot: SnapshotInfo) => boolean): readonly SnapshotInfo[] {
  const byId = new Map(all.map((snapshot) => [snapshot.chainId, snapshot]));
  const kept = new Set<Digest>();
  for (const snapshot of all) {
    if (!keep(snapshot)) continue;
    for (let at: SnapshotInfo | undefined = snapshot; at !== undefined; at = at.parent && byId.get(at.parent)) {
      kept.add(at.chainId);
    }
  }
  return all.filter(({ chainId }) => !kept.has(chainId));
}

function amountOf(snapshots: readonly SnapshotInfo[]): Amount {
  return { count: snapshots.length, size: snapshots.reduce((sum, { size = 0 }) => sum + size, 0) };
}
