import { type Bytes, type Io, withSignal } from '@lading/bytes';
import { isLadingError, throwIfAborted } from '@lading/errors';
import { algorithmOf, type Descriptor, type Digest, digestOf } from '@lading/oci';
import type { Ingest } from '@lading/store';
import { assertOpen, checkContent, type IngestState, tooLong, wantedOf } from './ingest-state.ts';

/** Sends content that is whole and checked. */
export type SendWhole = (content: Buffer, descriptor: Descriptor, signal: AbortSignal | undefined) => Promise<unknown>;

export interface HeldUploadOptions {
  readonly expected: Partial<Descriptor>;
  /** The most that is held. */
  readonly maxBytes: number;
  readonly send: SendWhole;
  readonly id: string;
  /** Called once, when the upload is over or left. */
  readonly onClose: () => void;
}

/**
 * A write of something small: held in memory and sent at commit, in requests that can be repeated when the connection breaks.
 * Nothing of it exists outside this process before.
 */
export class HeldUpload implements Ingest {
  readonly id: string;
  readonly #options: HeldUploadOptions;
  #state: IngestState = 'open';
  #parts: Buffer[] = [];
  #offset = 0;

  constructor(options: HeldUploadOptions) {
    this.#options = options;
    this.id = options.id;
  }

  get offset(): number {
    return this.#offset;
  }

  /** The same upload as a new object; this one is then closed. */
  supersede(expected: Partial<Descriptor>): HeldUpload {
    const next = new HeldUpload({ ...this.#options, expected: wantedOf(this.#options.expected, expected) });
    next.#parts = this.#parts;
    next.#offset = this.#offset;
    this.#parts = [];
    this.#state = 'continued elsewhere';
    return next;
  }

  async append(bytes: Bytes, { signal }: Io = {}): Promise<void> {
    assertOpen(this.#state);
    throwIfAborted(signal);
    for await (const chunk of withSignal(bytes, signal)) {
      if (this.#offset + chunk.byteLength > this.#options.maxBytes) throw tooLong();
      this.#parts.push(Buffer.from(chunk));
      this.#offset += chunk.byteLength;
    }
  }

  async commit(expected: Partial<Descriptor> = {}, { signal }: Io = {}): Promise<Descriptor> {
    assertOpen(this.#state);
    throwIfAborted(signal);
    const wanted = wantedOf(this.#options.expected, expected);
    const content = Buffer.concat(this.#parts);
    try {
      const digest: Digest = digestOf(content, wanted.digest === undefined ? undefined : algorithmOf(wanted.digest));
      checkContent(wanted, { size: content.length, digest });
      const descriptor = { mediaType: 'application/octet-stream', ...wanted, digest, size: content.length };
      await this.#options.send(content, descriptor, signal);
      this.#close('committed');
      return descriptor;
    } catch (error) {
      if (isLadingError(error, 'DIGEST_MISMATCH', 'SIZE_MISMATCH')) await this.abort();
      throw error;
    }
  }

  /** Nothing of it is anywhere else: there is nothing to leave. */
  async suspend(): Promise<void> {
    await this.abort();
  }

  async abort(): Promise<void> {
    if (this.#state !== 'open') return;
    this.#close('aborted');
  }

  #close(state: IngestState): void {
    this.#state = state;
    this.#parts = [];
    this.#options.onClose();
  }
}
