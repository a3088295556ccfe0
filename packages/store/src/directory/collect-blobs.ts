import { stat, unlink } from 'node:fs/promises';
import type { Io } from '@lading/bytes';
import { throwIfAborted } from '@lading/errors';
import type { Digest } from '@lading/oci';
import type { BlobInfo } from '../content-store.ts';
import { hasErrno } from '../internal/durable-file.ts';
import { inBatches } from '../internal/in-batches.ts';
import { type LeaseNames, leasedDigests } from '../internal/named-lease.ts';
import type { ContentFolders } from './content-folders.ts';
import type { SweepGate } from './sweep-gate.ts';

/** Commits and leases wait for a sweep: it lasts some milliseconds and then lets them pass. */
const batchSize = 32;

export interface CollectOptions extends Io {
  /** Content that was committed within this time stays: whoever wrote it may be about to refer to it. */
  readonly olderThanMs: number;
  /**
   * Asked of each candidate right before it is removed, when leases and commits wait: true keeps it. So whoever leases content, refers to
   * it where this looks, and only then lets go of the lease, has it for good.
   */
  readonly keep?: ((digest: Digest) => Promise<boolean>) | undefined;
}

/**
 * Removes those of the candidates that are old enough and not leased, and tells which those were, after they are gone.
 * Safe beside any number of processes that commit, lease and collect.
 */
export async function* collectBlobs(
  folders: ContentFolders,
  gate: SweepGate,
  leases: LeaseNames,
  candidates: Iterable<Digest> | AsyncIterable<Digest>,
  options: CollectOptions,
): AsyncGenerator<BlobInfo, void, undefined> {
  for await (const batch of inBatches(candidates, batchSize)) {
    throwIfAborted(options.signal);
    yield* await gate.run(() => sweep(folders, gate, leases, batch, options), options);
  }
}

async function sweep(
  folders: ContentFolders,
  gate: SweepGate,
  leases: LeaseNames,
  batch: readonly Digest[],
  { olderThanMs, keep, signal }: CollectOptions,
): Promise<BlobInfo[]> {
  const leased = new Set(await Array.fromAsync(leasedDigests(leases)));
  const youngest = Date.now() - olderThanMs;
  const removed: BlobInfo[] = [];
  for (const digest of batch) {
    if (signal?.aborted) break;
    if (leased.has(digest)) continue;
    const before = await stat(folders.blob(digest)).catch(absent);
    if (before === undefined || !before.isFile() || before.mtimeMs > youngest) continue;
    if ((await keep?.(digest)) === true) continue;
    const aside = await gate.moveAside(digest);
    if (aside === undefined) continue;
    // A commit may have put another file there since we looked.
    const { ino, size, mtime } = await stat(aside);
    if (ino !== before.ino || mtime.getTime() > youngest) {
      await gate.putBack(digest, aside);
      continue;
    }
    await unlink(aside);
    removed.push({ digest, size, createdAt: mtime });
  }
  return removed;
}

function absent(error: unknown): undefined {
  if (!hasErrno(error, 'ENOENT', 'ENOTDIR')) throw error;
}
