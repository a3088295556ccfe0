import { randomUUID } from 'node:crypto';
import type { Io } from '@lading/bytes';
import { algorithmOf, type Digest, hexOf, isDigest } from '@lading/oci';
import type { Lease } from '../content-store.ts';
import type { Bucket } from './bucket.ts';
import type { SweepGate } from './sweep-gate.ts';

/**
 * A lease in a bucket: an empty object `leases/<expiry in ms>.<algorithm>.<hex>.<nonce>`, so reading keys is enough. Once it is taken,
 * content that `stat` shows stays: a sweep that looked for leases before has ended.
 */
export class LeaseObject implements Lease {
  readonly digest: Digest;
  readonly #bucket: Bucket;
  readonly #gate: SweepGate;
  #expiresAt = new Date(0);
  #key: string | undefined;

  private constructor(bucket: Bucket, gate: SweepGate, digest: Digest) {
    this.#bucket = bucket;
    this.#gate = gate;
    this.digest = digest;
  }

  static async take(bucket: Bucket, gate: SweepGate, digest: Digest, ttlMs: number): Promise<LeaseObject> {
    const lease = new LeaseObject(bucket, gate, digest);
    await lease.renew(ttlMs);
    return lease;
  }

  get expiresAt(): Date {
    return this.#expiresAt;
  }

  async renew(ttlMs: number): Promise<void> {
    const earlier = this.#key;
    const expiresAt = new Date(Date.now() + ttlMs);
    const name = [expiresAt.getTime(), algorithmOf(this.digest), hexOf(this.digest), randomUUID()].join('.');
    const key = `leases/${name}`;
    await this.#bucket.put(key, new Uint8Array());
    this.#key = key;
    await this.#gate.settle();
    this.#expiresAt = expiresAt;
    if (earlier !== undefined) await this.#bucket.delete([earlier]);
  }

  async release(): Promise<void> {
    if (this.#key !== undefined) await this.#bucket.delete([this.#key]);
    this.#key = undefined;
  }
}

/** Digests that are leased now, each once. Leases that expired are removed. */
export async function* leasedDigests(bucket: Bucket, io?: Io): AsyncGenerator<Digest, void, undefined> {
  const seen = new Set<Digest>();
  const expired: string[] = [];
  for await (const { key } of bucket.list('leases/', io)) {
    const [expiry, algorithm, hex] = key.slice('leases/'.length).split('.');
    const digest = `${algorithm}:${hex}`;
    if (!isDigest(digest)) continue;
    if (Number(expiry) <= Date.now()) expired.push(key);
    else if (!seen.has(digest)) {
      seen.add(digest);
      yield digest;
    }
  }
  await bucket.delete(expired, io);
}
