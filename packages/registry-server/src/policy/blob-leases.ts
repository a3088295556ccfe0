import type { Collection, Link } from '@lading/catalog';
import type { Digest } from '@lading/oci';

/**
 * Leases of blobs that clients were told are here, and so will not push. They lie in the database, for all replicas; what was leased a short
 * while ago is remembered, so that what many ask for is not written each time, and those that come together are written together.
 */
export interface BlobLeases {
  /** False when the repository does not have the blob any more. */
  take(repository: string, digest: Digest): Promise<boolean>;
  /** It has just been linked, which is as good as a lease. */
  taken(repository: string, digest: Digest): void;
}

const capacity = 100_000;

interface Waiting extends Link {
  resolve(held: boolean): void;
  reject(error: unknown): void;
}

/** A lease is renewed once a quarter of its time is over: `leaseMs` is what is left at least, the collection counts with a quarter more. */
export function createBlobLeases(collection: Pick<Collection, 'lease'>, leaseMs: number, now: () => Date): BlobLeases {
  const known = new Map<string, number>();
  let waiting: Waiting[] = [];
  let writing = false;

  const remember = (key: string): void => {
    if (known.size >= capacity) known.clear();
    known.set(key, now().getTime());
  };
  const write = async (): Promise<void> => {
    writing = true;
    while (waiting.length > 0) {
      const batch = waiting;
      waiting = [];
      try {
        const held = await collection.lease(batch, now());
        for (const [at, { repository, digest, resolve }] of batch.entries()) {
          if (held[at] === true) remember(`${repository}@${digest}`);
          resolve(held[at] === true);
        }
      } catch (error) {
        for (const { reject } of batch) reject(error);
      }
    }
    writing = false;
  };
  return {
    take(repository, digest) {
      const at = known.get(`${repository}@${digest}`);
      if (at !== undefined && now().getTime() - at < leaseMs / 4) return Promise.resolve(true);
      return new Promise((resolve, reject) => {
        waiting.push({ repository, digest, resolve, reject });
        if (!writing) void write();
      });
    },
    taken: (repository, digest) => remember(`${repository}@${digest}`),
  };
}

/** Links that were asked for since then are leased. */
export function leasedSince(leaseMs: number, now: Date): Date {
  return new Date(now.getTime() - leaseMs * 1.25);
}
