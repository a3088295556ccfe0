import type { Digest } from '@lading/oci';
import type { ContentStore, Lease } from '@lading/store';

/** Longer than any copy takes; a copy that is killed leaves its leases to expire. */
const leaseMs = 24 * 3_600_000;
/** What was just committed is too young to be collected; only what a long copy brought long ago has to be leased. */
const youngMs = 10 * 60_000;

/**
 * Keeps content at a target on this machine from being collected while the manifest that will refer to it is not there yet. Registries
 * take care of that on their own.
 */
export class TargetLeases {
  readonly #content: ContentStore;
  readonly #leases: Promise<Lease>[] = [];
  readonly #unleased: Digest[] = [];
  readonly #timer: NodeJS.Timeout | undefined;
  #isLong = false;

  constructor(content: ContentStore) {
    this.#content = content;
    if (!this.isNeeded) return;
    this.#timer = setTimeout(() => {
      this.#isLong = true;
      if (this.#unleased.length > 0) this.#hold(this.#unleased.splice(0));
    }, youngMs);
    this.#timer.unref();
  }

  get isNeeded(): boolean {
    return this.#content.localPath !== undefined;
  }

  /** Resolves when the content cannot vanish any more; whether it is there has to be looked at after that. */
  async hold(content: Digest | readonly Digest[]): Promise<void> {
    if (this.isNeeded) await this.#hold(content);
  }

  /** Content that was committed just now. */
  committed(digest: Digest): void {
    if (!this.isNeeded) return;
    if (this.#isLong) this.#hold(digest);
    else this.#unleased.push(digest);
  }

  async release(): Promise<void> {
    clearTimeout(this.#timer);
    const taken = await Promise.allSettled(this.#leases);
    // What cannot be released expires.
    await Promise.allSettled(taken.map((lease) => (lease.status === 'fulfilled' ? lease.value.release() : undefined)));
  }

  #hold(content: Digest | readonly Digest[]): Promise<Lease> {
    const lease = this.#content.lease(content, leaseMs);
    lease.catch(() => {});
    this.#leases.push(lease);
    return lease;
  }
}
