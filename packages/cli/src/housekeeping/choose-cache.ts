import type { CacheFile } from '@lading/builder/cache';
import type { Digest } from '@lading/oci';
import type { Survey } from './survey.ts';

export interface CacheLimits {
  /** What was used since then stays in any case. */
  readonly inUseSince: Date;
  readonly usedSince: Date;
  /** Bytes, of files and of layers that only the cache keeps. */
  readonly maxSize: number;
}

/** What of the build cache goes: what has not been used for too long, and of the rest the least recently used that is too much. */
export function chooseCache(
  { cacheFiles, blobs, keeperOf }: Pick<Survey, 'cacheFiles' | 'blobs' | 'keeperOf'>,
  { inUseSince, usedSince, maxSize }: CacheLimits,
): CacheFile[] {
  const counted = new Set<Digest>();
  const layerSize = ({ layer }: CacheFile): number => {
    const digest = layer?.descriptor.digest;
    // A layer counts for the outcome that was used last: only when that goes, the layer can go.
    if (digest === undefined || counted.has(digest) || keeperOf(digest) !== 'cache') return 0;
    counted.add(digest);
    return blobs.get(digest)?.size ?? 0;
  };
  let size = 0;
  return cacheFiles
    .toSorted((one, two) => two.usedAt.getTime() - one.usedAt.getTime())
    .filter((file) => {
      size += file.size + layerSize(file);
      if (file.usedAt >= inUseSince) return false;
      return size > maxSize || file.usedAt < usedSince;
    });
}
