import { interrupted, throwIfAborted } from '@lading/errors';
import {
  childrenOf,
  type Descriptor,
  type Digest,
  isForeignLayerType,
  isManifestType,
  type ManifestDocument,
} from '@lading/oci';
import { put, type Repository } from '@lading/store';
import { readManifest } from '../manifest.ts';
import type { Delta } from '../seekable/delta.ts';
import { findDelta } from '../seekable/find-delta.ts';
import type { Patience } from './back-off.ts';
import { BlobTransfer } from './blob-transfer.ts';
import { type CopySide, copyFailed } from './copy-failure.ts';
import type { CopyProgress, CopyState, ProgressCounter } from './copy-progress.ts';
import { mountableFrom } from './mount.ts';
import type { Pool } from './pool.ts';
import { TargetLeases } from './target-leases.ts';

/** How many contents ended in which way. */
export type CopyCounts = Readonly<Record<Exclude<CopyState, 'waiting' | 'copying'>, number>>;

export interface CopyRunOptions {
  readonly pool: Pool;
  readonly progress: ProgressCounter;
  readonly patience?: Patience | undefined;
  readonly similar?: ((layer: Descriptor) => AsyncIterable<Descriptor>) | undefined;
  readonly signal: AbortSignal | undefined;
}

/**
 * One copy on its way: every content once, whoever points to it; children before parents; no more at once than the pool allows.
 * The first failure stops everything; it is thrown when nothing runs any more.
 */
export class CopyRun {
  readonly #sides: Readonly<Record<CopySide, Repository>>;
  readonly #options: CopyRunOptions;
  readonly #stop = new AbortController();
  readonly #signal: AbortSignal;
  readonly #started = new Map<Digest, Promise<void>>();
  readonly #counts = { copied: 0, mounted: 0, present: 0, skipped: 0 };
  readonly #arrived: Digest[] = [];
  readonly #leases: TargetLeases;
  #failure: unknown;
  #movedBytes = 0;
  #resumedBytes = 0;
  #reusedBytes = 0;

  constructor(source: Repository, target: Repository, options: CopyRunOptions) {
    this.#sides = { source, target };
    this.#options = options;
    this.#leases = new TargetLeases(target.content);
    const { signal } = options;
    this.#signal = signal === undefined ? this.#stop.signal : AbortSignal.any([signal, this.#stop.signal]);
  }

  get counts(): CopyCounts {
    return { ...this.#counts };
  }

  /** Bytes that went from source to target. */
  get movedBytes(): number {
    return this.#movedBytes;
  }

  /** Bytes that were at the target in writes that an earlier copy did not finish. */
  get resumedBytes(): number {
    return this.#resumedBytes;
  }

  /** Bytes that were taken from similar layers at the target. */
  get reusedBytes(): number {
    return this.#reusedBytes;
  }

  /** Lets go of what was held at the target. */
  async close(): Promise<void> {
    await this.#leases.release();
  }

  /** Manifests that this run copied or found present, in the order in which they were met. */
  readonly manifests: Descriptor[] = [];

  /** Copies a manifest with everything below it; of an index only the children in `chosen`, where given. */
  async copyManifest(descriptor: Descriptor, document?: ManifestDocument, chosen?: ReadonlySet<Digest>): Promise<void> {
    await this.#settled(this.#once(descriptor, () => this.#manifest(descriptor, document, chosen)));
  }

  /** A step in its turn. */
  queued<T>(side: CopySide, at: Descriptor, work: (signal: AbortSignal) => Promise<T>): Promise<T> {
    return this.#options.pool.run(() => this.step(side, at, work));
  }

  /** A step of the copy as a whole, such as the tag. */
  async step<T>(side: CopySide, at: Descriptor, work: (signal: AbortSignal) => Promise<T>): Promise<T> {
    try {
      throwIfAborted(this.#signal);
      return await work(this.#signal);
    } catch (cause) {
      throw this.#explain(side, at, cause);
    }
  }

  async #settled(done: Promise<void>): Promise<void> {
    try {
      await done;
    } catch {
      await Promise.allSettled(this.#started.values());
      throw this.#failure;
    }
  }

  #once(descriptor: Descriptor, work: () => Promise<void>): Promise<void> {
    const started = this.#started.get(descriptor.digest);
    if (started !== undefined) return started;
    const promise = work().catch((error: unknown) => {
      this.#failure ??= error;
      this.#stop.abort(this.#failure);
      throw error;
    });
    // A sibling may have failed first, and then nobody waits for this one's failure.
    promise.catch(() => {});
    this.#started.set(descriptor.digest, promise);
    return promise;
  }

  async #manifest(descriptor: Descriptor, read?: ManifestDocument, chosen?: ReadonlySet<Digest>): Promise<void> {
    const { source, target } = this.#sides;
    const report = this.#options.progress.track(descriptor);
    const document =
      read ??
      (await this.queued('source', descriptor, (signal) => readManifest(source.content, descriptor, { signal })));
    const { digest, bytes } = { digest: descriptor.digest, bytes: document.bytes };
    const itself = { mediaType: document.mediaType, digest, size: bytes.length };
    this.manifests.push(itself);
    const present = await this.queued('target', itself, (signal) => target.references.resolve(digest, { signal }));
    // A repository takes a manifest only after its blobs. Looking again is cheap, and mends damage, only where blobs are local files.
    const whole = present !== undefined && document.kind === 'manifest' && target.content.localPath === undefined;
    if (!whole) {
      const children = childrenOf(document).filter((child) => chosen === undefined || chosen.has(child.digest));
      await this.#assertRoom(children);
      await Promise.all(
        children.map((child) =>
          this.#once(child, () => (isManifestType(child.mediaType) ? this.#manifest(child) : this.#blob(child))),
        ),
      );
    }
    if (present !== undefined && (!this.#leases.isNeeded || (await this.#isPresent(itself)))) {
      // Recorded anew, a manifest that nothing named is not swept before it has got its tag. A registry takes care of that on its own.
      if (this.#leases.isNeeded) {
        await this.queued('target', itself, (signal) => target.references.record(itself, bytes, { signal }));
      }
      return this.#finish(itself, 'present', report);
    }
    await this.queued('target', itself, async (signal) => {
      await put(target.content, bytes, itself, { signal });
      await target.references.record(itself, bytes, { signal });
    });
    this.#movedBytes += bytes.length;
    this.#finish(itself, 'copied', report);
  }

  /** Throws DISK_FULL before a byte moves. What is there already is looked for only when there is not room for all. */
  async #assertRoom(children: readonly Descriptor[]): Promise<void> {
    const { content } = this.#sides.target;
    if (content.assertRoom === undefined) return;
    const sum = (descriptors: readonly Descriptor[]): number =>
      descriptors.reduce((total, { size }) => total + size, 0);
    try {
      await content.assertRoom(sum(children));
    } catch {
      const here = await Promise.all(children.map((child) => content.stat(child, { signal: this.#signal })));
      await content.assertRoom(sum(children.filter((_, index) => here[index] === undefined)));
    }
  }

  async #blob(descriptor: Descriptor): Promise<void> {
    const report = this.#options.progress.track(descriptor);
    await this.#options.pool.run(async () => {
      const state = await this.#blobState(descriptor, report);
      this.#finish(descriptor, state, report);
    });
  }

  async #blobState(
    descriptor: Descriptor,
    report: (state: CopyState, offset?: number) => void,
  ): Promise<keyof CopyCounts> {
    const { source, target } = this.#sides;
    if (await this.#isPresent(descriptor)) return 'present';
    const from = mountableFrom(source, target);
    if (from !== undefined) {
      const mounted = await this.step('target', descriptor, (signal) =>
        target.content.mount!(descriptor, from, { signal }),
      );
      if (mounted) return 'mounted';
    }
    if (isForeignLayerType(descriptor.mediaType)) {
      const here = await this.step('source', descriptor, (signal) => source.content.stat(descriptor, { signal }));
      if (here === undefined) return 'skipped';
    }
    await this.#transfer(descriptor, (offset) => report('copying', offset));
    return 'copied';
  }

  async #isPresent(descriptor: Descriptor): Promise<boolean> {
    const { content } = this.#sides.target;
    const look = () => this.step('target', descriptor, (signal) => content.stat(descriptor, { signal }));
    if ((await look()) === undefined) return false;
    if (!this.#leases.isNeeded) return true;
    await this.step('target', descriptor, () => this.#leases.hold(descriptor.digest));
    return (await look()) !== undefined;
  }

  async #transfer(blob: Descriptor, onOffset: (offset: number) => void): Promise<void> {
    const { source, target } = this.#sides;
    const delta = await this.#delta(blob);
    const transfer = new BlobTransfer({
      source: source.content,
      target: target.content,
      blob,
      signal: this.#signal,
      patience: this.#options.patience,
      onOffset,
      explain: (side, cause) => this.#explain(side, blob, cause),
      ...(delta === undefined ? {} : { open: (offset, signal) => delta.open(offset, { signal }) }),
    });
    try {
      throwIfAborted(this.#signal);
      await transfer.run();
      this.#leases.committed(blob.digest);
    } finally {
      this.#movedBytes += transfer.movedBytes - (delta?.takenBytes ?? 0);
      this.#reusedBytes += delta?.takenBytes ?? 0;
      this.#resumedBytes += transfer.resumedBytes;
    }
  }

  /** What of a layer is at a target on this machine already, in other layers. Not finding out is no reason to fail. */
  async #delta(layer: Descriptor): Promise<Delta | undefined> {
    const { similar } = this.#options;
    const { source, target } = this.#sides;
    if (similar === undefined || source.content.localPath !== undefined) return undefined;
    const search = { source: source.content, local: target.content, layer, similar: similar(layer) };
    const outcome = await findDelta({ ...search, signal: this.#signal }).catch(() => undefined);
    return outcome?.state === 'found' ? outcome.delta : undefined;
  }

  #finish(descriptor: Descriptor, state: keyof CopyCounts, report: (state: CopyProgress['state']) => void): void {
    this.#counts[state]++;
    if (state !== 'skipped') this.#arrived.push(descriptor.digest);
    report(state);
  }

  #explain(side: CopySide, at: Descriptor, cause: unknown): unknown {
    const { signal } = this.#options;
    if (signal?.aborted) return interrupted(signal);
    return copyFailed(side, this.#sides, at, [...this.#arrived], cause);
  }
}
