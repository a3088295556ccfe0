import { randomUUID } from 'node:crypto';
import type { Io } from '@lading/bytes';
import { algorithmOf, type Digest, hexOf, isDigest } from '@lading/oci';
import type { Lease } from '../content-store.ts';

/** Where a store keeps the names of its leases, and what it does beside. */
export interface LeaseNames {
  add(name: string, text: string): Promise<void>;
  /** The text with a name; undefined when there is none of that name any more. */
  read(name: string, io?: Io): Promise<string | undefined>;
  /** Absent ones are fine. */
  remove(names: readonly string[], io?: Io): Promise<void>;
  list(io?: Io): AsyncIterable<string>;
  /** Waits for a sweep that runs now: it may have looked for leases before. */
  settle(): Promise<unknown>;
}

/**
 * A lease that is a name, `<expiry in ms>.<algorithm>.<hex>.<nonce>`, so every process sees it and reading names is enough; of several
 * contents, `<expiry in ms>.set.<count>.<nonce>` with a text, their digests line by line. Once it is taken, content that `stat` shows stays: a
 * sweep that looked for leases before, and perhaps saw half of that text, has ended.
 */
export class NamedLease implements Lease {
  readonly digests: readonly Digest[];
  readonly #names: LeaseNames;
  #expiresAt = new Date(0);
  #name: string | undefined;

  private constructor(names: LeaseNames, digests: readonly Digest[]) {
    this.#names = names;
    this.digests = digests;
  }

  static async take(names: LeaseNames, digests: readonly Digest[], ttlMs: number): Promise<NamedLease> {
    const lease = new NamedLease(names, digests);
    await lease.renew(ttlMs);
    return lease;
  }

  get expiresAt(): Date {
    return this.#expiresAt;
  }

  async renew(ttlMs: number): Promise<void> {
    const earlier = this.#name;
    const expiresAt = new Date(Date.now() + ttlMs);
    const [only, ...others] = this.digests;
    const isOne = only !== undefined && others.length === 0;
    const what = isOne ? [algorithmOf(only), hexOf(only)] : ['set', this.digests.length];
    const name = [expiresAt.getTime(), ...what, randomUUID()].join('.');
    await this.#names.add(name, isOne ? '' : this.digests.join('\n'));
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
    const [expiry, kind, what] = name.split('.');
    const isSet = kind === 'set';
    if (!isSet && !isDigest(`${kind}:${what}`)) continue;
    if (Number(expiry) <= Date.now()) {
      expired.push(name);
      continue;
    }
    const digests = isSet ? ((await names.read(name, io)) ?? '').split('\n') : [`${kind}:${what}`];
    for (const digest of digests) {
      if (!isDigest(digest) || seen.has(digest)) continue;
      seen.add(digest);
      yield digest;
    }
  }
  await names.remove(expired, io);
}
