import type { Io } from '@lading/bytes';
import type { Digest } from '@lading/oci';
import type { BlobInfo } from '../content-store.ts';
import { inBatches } from '../internal/in-batches.ts';
import { type LeaseNames, leasedDigests } from '../internal/named-lease.ts';
import type { Blobs } from './blobs.ts';
import type { SweepGate } from './sweep-gate.ts';

/** Commits of what is there already and leases wait for a sweep: it lasts some requests and then lets them pass. */
const batchSize = 32;

export interface CollectOptions extends Io {
  /** Content that was committed within this time stays: whoever wrote it may be about to refer to it. */
  readonly olderThanMs: number;
}

/** Removes those of the candidates that are old enough and not leased, and tells which those were, after they are gone. */
export async function* collectBlobs(
  blobs: Blobs,
  gate: SweepGate,
  leases: LeaseNames,
  candidates: Iterable<Digest> | AsyncIterable<Digest>,
  options: CollectOptions,
): AsyncGenerator<BlobInfo, void, undefined> {
  const sweep = async (batch: readonly Digest[], io: Io): Promise<readonly BlobInfo[]> => {
    const leased = new Set(await Array.fromAsync(leasedDigests(leases, io)));
    const youngest = Date.now() - options.olderThanMs;
    const removed = batch.map(async (digest): Promise<BlobInfo[]> => {
      const entry = leased.has(digest) ? undefined : await blobs.find(digest, io);
      if (entry === undefined || entry.createdAt.getTime() > youngest) return [];
      const { size, createdAt } = entry;
      return (await blobs.remove(digest, entry, io)) ? [{ digest, size, createdAt }] : [];
    });
    return (await Promise.all(removed)).flat();
  };
  for await (const batch of inBatches(candidates, batchSize)) {
    yield* await gate.run((signal) => sweep(batch, { signal }), options);
  }
}
