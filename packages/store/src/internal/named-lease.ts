import { randomUUID } from 'node:crypto';
import type { Io } from '@lading/bytes';
import { algorithmOf, type Digest, hexOf, isDigest } from '@lading/oci';
import type { Lease } from '../content-store.ts';

/** Where a store keeps the names of its leases, and what it does beside. */
export interface LeaseNames {
  add(name: string): Promise<void>;
  /** Absent ones are fine. */
  remove(names: readonly string[], io?: Io): Promise<void>;
  list(io?: Io): AsyncIterable<string>;
  /** Waits for a sweep that runs now: it may have looked for leases before. */
  settle(): Promise<unknown>;
}

/**
 * A lease that is a name, `<expiry in ms>.<algorithm>.<hex>.<nonce>`, so every process sees it and reading names is enough. Once it is taken,
 * content that `stat` shows stays: a sweep that looked for leases before has ended.
 */
export class NamedLease implements Lease {
  readonly digest: Digest;
  readonly #names: LeaseNames;
  #expiresAt = new Date(0);
  #name: string | undefined;

  private constructor(names: LeaseNames, digest: Digest) {
    this.#names = names;
    this.digest = digest;
  }

  static async take(names: LeaseNames, digest: Digest, ttlMs: number): Promise<NamedLease> {
    const lease = new NamedLease(names, digest);
    await lease.renew(ttlMs);
    return lease;
  }

  get expiresAt(): Date {
    return this.#expiresAt;
  }

  async renew(ttlMs: number): Promise<void> {
    const earlier = this.#name;
    const expiresAt = new Date(Date.now() + ttlMs);
    const name = [expiresAt.getTime(), algorithmOf(this.digest), hexOf(this.digest), randomUUID()].join('.');
    await this.#names.add(name);
    this.#name = name;
    // Before the earlier one goes: reading names while they change may show neither the old nor the new one.
    await this.#names.settle();
    this.#expiresAt = expiresAt;
    if (earlier !== undefined) await this.#names.remove([earlier]);
  }

  async release(): Promise<void> {
    const name = this.#name;
    if (name === undefined) return;
    await this.#names.remove([name]);
    if (this.#name === name) this.#name = undefined;
  }
}

/** Digests that are leased now, each once. Leases that expired are removed. */
export async function* leasedDigests(names: LeaseNames, io?: Io): AsyncGenerator<Digest, void, undefined> {
  const seen = new Set<Digest>();
  const expired: string[] = [];
  for await (const name of names.list(io)) {
    const [expiry, algorithm, hex] = name.split('.');
    const digest = `${algorithm}:${hex}`;
    if (!isDigest(digest)) continue;
    if (Number(expiry) <= Date.now()) expired.push(name);
    else if (!seen.has(digest)) {
      seen.add(digest);
      yield digest;
    }
  }
  await names.remove(expired, io);
}
