import { text } from 'node:stream/consumers';
import type { LeaseNames } from '../internal/named-lease.ts';
import type { Bucket } from './bucket.ts';
import type { SweepGate } from './sweep-gate.ts';

const prefix = 'leases/';

/** Leases in a bucket: small objects. */
export function leaseObjects(bucket: Bucket, gate: SweepGate): LeaseNames {
  return {
    add: async (name, lines) => void (await bucket.put(prefix + name, Buffer.from(lines))),
    async read(name, io) {
      const object = await bucket.get(prefix + name, io);
      return object && text(object.body);
    },
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
