import type { LeaseNames } from '../internal/named-lease.ts';
import type { Bucket } from './bucket.ts';
import type { SweepGate } from './sweep-gate.ts';

const prefix = 'leases/';

/** Leases in a bucket: empty objects. */
export function leaseObjects(bucket: Bucket, gate: SweepGate): LeaseNames {
  return {
    add: async (name) => void (await bucket.put(prefix + name, new Uint8Array())),
    remove: (names, io) =>
      bucket.delete(
        names.map((name) => prefix + name),
        io,
      ),
    async *list(io) {
      for await (const { key } of bucket.list(prefix, io)) yield key.slice(prefix.length);
    },
    settle: () => gate.settle(),
  };
}
