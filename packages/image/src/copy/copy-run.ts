import { interrupted, throwIfAborted } from '@lading/errors';
import { type Descriptor, type Digest, isForeignLayerType, isManifestType } from '@lading/oci';
import { put, type Repository } from '@lading/store';
import type { Delta } from '../seekable/delta.ts';
import { findDelta } from '../seekable/find-delta.ts';
import type { Patience } from './back-off.ts';
import { BlobTransfer } from './blob-transfer.ts';
import { type CopySide, copyFailed } from './copy-failure.ts';
import type { CopyProgress, CopyState, ProgressCounter } from './copy-progress.ts';
import { mountableFrom } from './mount.ts';
import { OnceEach } from './once-each.ts';
import type { Pool } from './pool.ts';
import { TargetLeases } from './target-leases.ts';
import type { Visit } from './walk.ts';

/** How many contents ended in which way. */
export type CopyCounts = Readonly<Record<Exclude<CopyState, 'waiting' | 'copying'>, number>>;

/** Content that is copied for itself. */
export interface CopiedContent {
  readonly descriptor: Descriptor;
  /** The repository that has it, or what was read of it. */
  readonly from: Repository | Uint8Array;
}

export interface CopyRunOptions {
  readonly pool: Pool;
  readonly progress: ProgressCounter;
  readonly patience?: Patience | undefined;
  readonly similar?: ((layer: Descriptor) => AsyncIterable<Descriptor>) | undefined;
  readonly defer?: ((blob: Descriptor) => Promise<boolean>) | undefined;
  readonly signal: AbortSignal | undefined;
}

/**
 * One copy on its way to a target: every content once, whoever points to it; started in the order in which it is asked for, and no more at
 * once than the pool allows. The first failure stops everything; it is thrown when nothing runs any more.
 */
export class CopyRun {
  readonly #target: Repository;
  readonly #options: CopyRunOptions;
  readonly #work: OnceEach;
  readonly #counts = { copied: 0, mounted: 0, present: 0, skipped: 0 };
  readonly #arrived: Digest[] = [];
  readonly #leases: TargetLeases;
  #movedBytes = 0;
  #resumedBytes = 0;
  #reusedBytes = 0;

  constructor(target: Repository, options: CopyRunOptions) {
    this.#target = target;
    this.#options = options;
    this.#leases = new TargetLeases(target.content);
    this.#work = new OnceEach(options.signal);
  }

  /** Fires when nothing more is to begin: the caller's signal, or the first failure as the reason. */
  get signal(): AbortSignal {
    return this.#work.signal;
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

  /** Copies manifests, each after everything below it; `known` tells what that is. */
  async copyManifests(manifests: readonly Descriptor[], known: ReadonlyMap<Digest, Visit>): Promise<void> {
    await this.#work.settled(
      manifests.map((manifest) =>
        this.#work.run(manifest.digest, () => this.#manifest(known.get(manifest.digest)!, known)),
      ),
    );
  }

  /** Copies contents as they are, from where they are or what was read of them. */
  async copyContents(contents: readonly CopiedContent[]): Promise<void> {
    await this.#work.settled(
      contents.map(({ descriptor, from }) =>
        this.#work.run(descriptor.digest, () =>
          from instanceof Uint8Array
            ? this.#put(descriptor, from, this.#options.progress.track(descriptor))
            : this.#blob(from, descriptor),
        ),
      ),
    );
  }

  /** Sets tags at the target. */
  async tag(tags: readonly { readonly tag: string; readonly descriptor: Descriptor }[]): Promise<void> {
    const { references } = this.#target;
    await this.#work.settled(
      tags.map(({ tag, descriptor }) =>
        this.#atTarget(descriptor, async (signal) => void (await references.tag(tag, descriptor, { signal }))),
      ),
    );
  }

  /** A step at the target in its turn. */
  #atTarget<T>(at: Descriptor, work: (signal: AbortSignal) => Promise<T>): Promise<T> {
    return this.#options.pool.run(() => this.#step('target', this.#target, at, work));
  }

  async #step<T>(
    side: CopySide,
    repository: Repository,
    at: Descriptor,
    work: (signal: AbortSignal) => Promise<T>,
  ): Promise<T> {
    try {
      throwIfAborted(this.signal);
      return await work(this.signal);
    } catch (cause) {
      throw this.explain(side, repository, at, cause);
    }
  }

  async #manifest({ root, document, children }: Visit, known: ReadonlyMap<Digest, Visit>): Promise<void> {
    if (document === undefined) return;
    const target = this.#target;
    const { descriptor: itself, bytes } = document;
    const report = this.#options.progress.track(itself);
    const present = await this.#atTarget(itself, (signal) => target.references.resolve(itself.digest, { signal }));
    // A repository takes a manifest only after its blobs. Looking again is cheap, and mends damage, only where blobs are local files.
    const whole = present !== undefined && document.kind === 'manifest' && target.content.localPath === undefined;
    if (!whole) {
      await this.#assertRoom(children);
      await Promise.all(
        children.map((child) =>
          this.#work.run(child.digest, () =>
            isManifestType(child.mediaType)
              ? this.#manifest(known.get(child.digest)!, known)
              : this.#blob(root.repository, child),
          ),
        ),
      );
    }
    if (present !== undefined && (!this.#leases.isNeeded || (await this.#isPresent(itself)))) {
      // Recorded anew, a manifest that nothing named is not swept before it has got its tag. A registry takes care of that on its own.
      if (this.#leases.isNeeded) {
        await this.#atTarget(itself, (signal) => target.references.record(itself, bytes, { signal }));
      }
      return this.#finish(itself, 'present', report);
    }
    await this.#put(itself, bytes, report);
  }

  async #put(descriptor: Descriptor, bytes: Uint8Array, report: (state: CopyState) => void): Promise<void> {
    const { content, references } = this.#target;
    await this.#atTarget(descriptor, async (signal) => {
      await put(content, bytes, descriptor, { signal });
      if (isManifestType(descriptor.mediaType)) await references.record(descriptor, bytes, { signal });
    });
    this.#movedBytes += bytes.length;
    this.#finish(descriptor, 'copied', report);
  }

  /** Throws DISK_FULL before a byte moves. What is there already is looked for only when there is not room for all. */
  async #assertRoom(children: readonly Descriptor[]): Promise<void> {
    const { content } = this.#target;
    if (content.assertRoom === undefined) return;
    const sum = (descriptors: readonly Descriptor[]): number =>
      descriptors.reduce((total, { size }) => total + size, 0);
    try {
      await content.assertRoom(sum(children));
    } catch {
      const here = await Promise.all(children.map((child) => content.stat(child, { signal: this.signal })));
      await content.assertRoom(sum(children.filter((_, index) => here[index] === undefined)));
    }
  }

  async #blob(source: Repository, descriptor: Descriptor): Promise<void> {
    const report = this.#options.progress.track(descriptor);
    await this.#options.pool.run(async () => {
      const state = await this.#blobState(source, descriptor, report);
      this.#finish(descriptor, state, report);
    });
  }

  async #blobState(
    source: Repository,
    descriptor: Descriptor,
    report: (state: CopyState, offset?: number) => void,
  ): Promise<keyof CopyCounts> {
    const target = this.#target;
    if (await this.#isPresent(descriptor)) return 'present';
    // What is missing in content that both share is missing here, too, or comes when it is read.
    if (source.content === target.content) return 'skipped';
    if ((await this.#options.defer?.(descriptor)) === true) return 'skipped';
    for (const from of await mountableFrom(source, target, descriptor.digest)) {
      const mounted = await this.#step('target', target, descriptor, (signal) =>
        target.content.mount!(descriptor, from, { signal }),
      );
      if (mounted) return 'mounted';
    }
    if (isForeignLayerType(descriptor.mediaType)) {
      const here = await this.#step('source', source, descriptor, (signal) =>
        source.content.stat(descriptor, { signal }),
      );
      if (here === undefined) return 'skipped';
    }
    await this.#transfer(source, descriptor, (offset) => report('copying', offset));
    return 'copied';
  }

  async #isPresent(descriptor: Descriptor): Promise<boolean> {
    const { content } = this.#target;
    const look = () => this.#step('target', this.#target, descriptor, (signal) => content.stat(descriptor, { signal }));
    if ((await look()) === undefined) return false;
    if (!this.#leases.isNeeded) return true;
    await this.#step('target', this.#target, descriptor, () => this.#leases.hold(descriptor.digest));
    return (await look()) !== undefined;
  }

  async #transfer(source: Repository, blob: Descriptor, onOffset: (offset: number) => void): Promise<void> {
    const target = this.#target;
    const delta = await this.#delta(source, blob);
    const transfer = new BlobTransfer({
      source: source.content,
      target: target.content,
      blob,
      signal: this.signal,
      patience: this.#options.patience,
      onOffset,
      explain: (side, cause) => this.explain(side, side === 'source' ? source : target, blob, cause),
      ...(delta === undefined ? {} : { open: (offset, signal) => delta.open(offset, { signal }) }),
    });
    try {
      throwIfAborted(this.signal);
      await transfer.run();
      this.#leases.committed(blob.digest);
    } finally {
      this.#movedBytes += transfer.movedBytes - (delta?.takenBytes ?? 0);
      this.#reusedBytes += delta?.takenBytes ?? 0;
      this.#resumedBytes += transfer.resumedBytes;
    }
  }

  /** What of a layer is at a target on this machine already, in other layers. Not finding out is no reason to fail. */
  async #delta(source: Repository, layer: Descriptor): Promise<Delta | undefined> {
    const { similar } = this.#options;
    const target = this.#target;
    if (similar === undefined || source.content.localPath !== undefined) return undefined;
    const search = { source: source.content, local: target.content, layer, similar: similar(layer) };
    const outcome = await findDelta({ ...search, signal: this.signal }).catch(() => undefined);
    return outcome?.state === 'found' ? outcome.delta : undefined;
  }

  #finish(descriptor: Descriptor, state: keyof CopyCounts, report: (state: CopyProgress['state']) => void): void {
    this.#counts[state]++;
    if (state !== 'skipped') this.#arrived.push(descriptor.digest);
    report(state);
  }

  /** The error to throw when a side failed. */
  explain(side: CopySide, repository: Repository, at: Descriptor, cause: unknown): unknown {
    const { signal } = this.#options;
    if (signal?.aborted) return interrupted(signal);
    return copyFailed(side, repository, at, [...this.#arrived], cause);
  }
}
