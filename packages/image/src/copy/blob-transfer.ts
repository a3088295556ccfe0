import type { Bytes } from '@lading/bytes';
import { isLadingError } from '@lading/errors';
import type { Descriptor } from '@lading/oci';
import type { ContentStore, Ingest } from '@lading/store';
import { BackOff, mayRecover, type Patience } from './back-off.ts';
import type { CopySide } from './copy-failure.ts';

export interface BlobTransferOptions {
  readonly source: ContentStore;
  readonly target: ContentStore;
  readonly blob: Descriptor;
  readonly signal: AbortSignal;
  readonly patience?: Patience | undefined;
  /** Bytes of the blob that are at the target so far. */
  readonly onOffset: (offset: number) => void;
  /** Makes the error to throw when a side failed. */
  readonly explain: (side: CopySide, cause: unknown) => unknown;
  /** A cheaper way to the blob's bytes from an offset on. Should they turn out wrong, the source is read. */
  readonly open?: ((offset: number, signal: AbortSignal) => Bytes) | undefined;
}

/** So much, or the rest, has to come for an attempt to count as getting on. */
const progressBytes = 1 << 20;
/** Less than this is sent again sooner than an earlier write of it is looked for. */
const resumableBytes = 1 << 20;

/**
 * One blob on its way to the target. It goes on where an earlier copy was broken off, and after a failure of either side that may pass,
 * from where the target is. When it gives up, what has arrived stays for the next copy, unless it is wrong.
 *
 * Bytes are hashed by the target alone: every ingest compares the digest before content becomes visible.
 */
export class BlobTransfer {
  /** Bytes that were taken from the source, those of attempts that failed included. */
  movedBytes = 0;
  /** Bytes of an earlier copy's write that did not have to move. */
  resumedBytes = 0;
  readonly #options: BlobTransferOptions;
  readonly #backOff: BackOff;
  #ingest: Ingest | undefined;
  #adopt: boolean;
  #wasWrong = false;
  #open: BlobTransferOptions['open'];
  /** What the source threw while it was read: the target only passed it on. */
  #sourceFailure: unknown;

  constructor(options: BlobTransferOptions) {
    this.#options = options;
    this.#backOff = new BackOff(options.patience);
    this.#open = options.open;
    this.#adopt = options.blob.size >= resumableBytes;
  }

  /** Resolves when the blob is whole at the target. */
  async run(): Promise<void> {
    const { explain, signal } = this.#options;
    for (;;) {
      try {
        return await this.#attempt();
      } catch (error) {
        const failure = explain(this.#sideOf(error), error);
        if (this.#open !== undefined && isLadingError(error, 'RANGE_UNSUPPORTED')) {
          // What has arrived is right; the rest comes in one stretch.
          this.#open = undefined;
        } else if (await this.#mayStartOver(error)) {
          await this.#startOver();
        } else if (!(await this.#mayGoOn(error))) {
          const keep = signal.aborted || mayRecover(error);
          // The first failure is what counts; a write that cannot be ended now is collected later.
          await (keep ? this.#ingest?.suspend() : this.#ingest?.abort())?.catch(() => {});
          throw failure;
        }
      }
    }
  }

  async #attempt(): Promise<void> {
    const { target, blob, signal, source } = this.#options;
    const io = { signal };
    this.#sourceFailure = undefined;
    if (this.#ingest === undefined) {
      this.#ingest = await target.begin({ expected: blob, adopt: this.#adopt, signal });
      this.resumedBytes = this.#ingest.offset;
    }
    const ingest = this.#ingest;
    const offset = ingest.offset;
    try {
      if (offset < blob.size || offset === 0) {
        const bytes =
          this.#open?.(offset, signal) ??
          (await this.#fromSource(() =>
            source.open(blob, offset === 0 ? { ...io, verify: false } : { ...io, range: { start: offset } }),
          ));
        await ingest.append(this.#watched(bytes, offset), io);
      }
      await ingest.commit(blob, io);
    } finally {
      // A trickle is no progress: it would be waited for without end.
      if (ingest.offset - offset >= Math.min(progressBytes, blob.size - offset)) this.#backOff.reset();
    }
  }

  async *#watched(bytes: Bytes, offset: number): Bytes {
    const { onOffset } = this.#options;
    let at = offset;
    try {
      for await (const chunk of bytes) {
        yield chunk;
        at += chunk.length;
        this.movedBytes += chunk.length;
        onOffset(at);
      }
    } catch (error) {
      this.#sourceFailure = error;
      throw error;
    }
  }

  async #fromSource<T>(work: () => Promise<T>): Promise<T> {
    try {
      return await work();
    } catch (error) {
      this.#sourceFailure = error;
      throw error;
    }
  }

  #sideOf(error: unknown): CopySide {
    // What does not have its digest was wrong before it came here.
    const wrong = isLadingError(error, 'DIGEST_MISMATCH', 'SIZE_MISMATCH');
    return wrong || this.#sourceFailure !== undefined ? 'source' : 'target';
  }

  /** The bytes of an earlier copy, when they turn out wrong, say nothing about the source; and a target may forget a write. */
  async #mayStartOver(error: unknown): Promise<boolean> {
    const { signal } = this.#options;
    if (signal.aborted) return false;
    const wrong = isLadingError(error, 'DIGEST_MISMATCH', 'SIZE_MISMATCH');
    if (wrong && this.#open !== undefined) {
      this.#open = undefined;
      return true;
    }
    if (wrong) return this.resumedBytes > 0 || this.#mayBeDamage();
    return isLadingError(error, 'INGEST_NOT_FOUND') && this.#backOff.wait(error, signal);
  }

  /** What came over a network may have been damaged there; the second time it is the source's. */
  #mayBeDamage(): boolean {
    const first = !this.#wasWrong && this.#options.source.localPath === undefined;
    this.#wasWrong = true;
    return first;
  }

  async #mayGoOn(error: unknown): Promise<boolean> {
    const { signal } = this.#options;
    if (signal.aborted || !mayRecover(error)) return false;
    return this.#backOff.wait(error, signal);
  }

  async #startOver(): Promise<void> {
    await this.#ingest?.abort().catch(() => {});
    this.#ingest = undefined;
    this.#adopt = false;
    this.resumedBytes = 0;
  }
}
