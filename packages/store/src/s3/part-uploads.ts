import type { Io } from '@lading/bytes';
import type { Bucket } from './bucket.ts';
import { type Part, uploadPart } from './multipart.ts';
import type { PartBuffers } from './part-buffers.ts';
import type { Slots } from './slots.ts';

export interface PartUploadsOptions {
  readonly bucket: Bucket;
  readonly key: string;
  /** The service's id of the multipart upload. */
  readonly upload: string;
  /** Parts that it has already. */
  readonly parts?: readonly Part[];
  readonly buffers: PartBuffers;
  /** How many parts the whole store sends at once. */
  readonly slots: Slots;
  /** The error for an upload that someone else completed or aborted. */
  readonly gone: () => Error;
}

/** The parts of one multipart upload, several on their way at once. A part that could not be sent is kept and sent again. */
export class PartUploads {
  readonly key: string;
  readonly upload: string;
  readonly #options: PartUploadsOptions;
  readonly #sent: (Part | undefined)[];
  /** Parts that the service does not have for certain, by number. */
  readonly #held = new Map<number, Buffer>();
  readonly #running = new Map<number, Promise<void>>();
  #bytes: number;
  #failure: { readonly error: unknown } | undefined;

  constructor(options: PartUploadsOptions) {
    this.key = options.key;
    this.upload = options.upload;
    this.#options = options;
    this.#sent = [...(options.parts ?? [])];
    this.#bytes = (options.parts ?? []).reduce((sum, { size }) => sum + size, 0);
  }

  /** Of all parts, those on their way included. */
  get count(): number {
    return this.#sent.length;
  }

  /** Of all parts, those on their way included. */
  get bytes(): number {
    return this.#bytes;
  }

  /** What the service has from the first part on, up to the first that is missing. */
  get parts(): readonly Part[] {
    const missing = this.#sent.indexOf(undefined);
    return (missing < 0 ? this.#sent : this.#sent.slice(0, missing)) as readonly Part[];
  }

  /**
   * Takes the body as the next part, whatever the outcome, and resolves when it is on its way. Throws when an earlier part failed; nothing
   * is lost by that, `settle()` sends it again.
   */
  async push(body: Buffer, io: Io): Promise<void> {
    this.#sent.push(undefined);
    const number = this.#sent.length;
    this.#held.set(number, body);
    this.#bytes += body.length;
    await this.#options.slots.acquire(io);
    this.#start(number, body, io);
    if (this.#failure !== undefined) await this.settle(io);
  }

  /** Waits until the service has every part, sending again what failed. */
  async settle(io: Io): Promise<void> {
    await Promise.all(this.#running.values());
    this.#failure = undefined;
    for (const [number, body] of this.#held) {
      await this.#options.slots.acquire(io);
      this.#start(number, body, io);
    }
    await Promise.all(this.#running.values());
    if (this.#failure !== undefined) throw (this.#failure as { readonly error: unknown }).error;
  }

  /** Waits for what is on its way, whatever becomes of it, and forgets the rest. */
  async drop(): Promise<void> {
    await Promise.all(this.#running.values());
    this.#held.clear();
  }

  #start(number: number, body: Buffer, io: Io): void {
    const running = this.#send(number, body, io)
      .catch((error: unknown) => {
        this.#failure ??= { error };
      })
      .finally(() => {
        this.#running.delete(number);
        this.#options.slots.release();
      });
    this.#running.set(number, running);
  }

  async #send(number: number, body: Buffer, io: Io): Promise<void> {
    const { bucket, key, upload, gone, buffers } = this.#options;
    const part = await uploadPart(bucket, key, upload, number, body, io);
    if (part === undefined) throw gone();
    this.#sent[number - 1] = part;
    this.#held.delete(number);
    buffers.giveBack(body);
  }
}
