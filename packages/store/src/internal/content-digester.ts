import { type Digest, type DigestAlgorithm, Digester } from '@lading/oci';
import {
  digestOnThread,
  dropOnThread,
  hasHashThread,
  isHashThreadRunning,
  nextHash,
  updateOnThread,
} from './hash-thread.ts';

/** A thread is not asked for less. */
const leastUpdateBytes = 512 << 10;
/** Nor is it started for less: its start costs as much processor time as hashing 100 MB, and what all contents keep until then is memory. */
const leastStartBytes = 8 << 20;

/** Bytes that contents keep in copies because there is no thread yet. */
let keptBytes = 0;

/** Counts and hashes what is written. */
export interface ContentDigester {
  readonly algorithm: DigestAlgorithm;
  /** Bytes given so far. */
  readonly size: number;
  /** Told of bytes as they come, while they are in the processor's cache, and of no byte twice. */
  see(bytes: Uint8Array): void;
  /** Given the same bytes again, at the start of a buffer that has its memory for itself. Gives the memory back, perhaps in another buffer. */
  take(buffer: Buffer<ArrayBuffer>, length: number): Promise<Buffer<ArrayBuffer>>;
  /** May be called once, at the end. */
  digest(): Promise<Digest>;
}

/**
 * For content of that size, where it is known. An upload, of which it is not, comes from another process: a thread that hashes it leaves
 * the other one free to receive. A copy announces the size, and shares two processors with its source already: it was slower with such a
 * thread.
 */
export function contentDigester(algorithm: DigestAlgorithm, size: number | undefined): ContentDigester {
  return size === undefined ? threadDigester(algorithm, 'unknown') : new OwnDigester(algorithm);
}

/** For content that is hashed beside whoever reads it. `large` is worth the start of a thread; else it shows. */
export function threadDigester(algorithm: DigestAlgorithm, extent: 'large' | 'unknown'): ContentDigester {
  return hasHashThread ? new ThreadDigester(algorithm, extent === 'large') : new OwnDigester(algorithm);
}

/** Hashes here and at once, from what another has seen on. */
export class OwnDigester implements ContentDigester {
  readonly algorithm: DigestAlgorithm;
  readonly #digester: Digester;

  constructor(start: DigestAlgorithm | Digester) {
    this.#digester = typeof start === 'string' ? new Digester(start) : start;
    this.algorithm = this.#digester.algorithm;
  }

  get size(): number {
    return this.#digester.size;
  }

  see(bytes: Uint8Array): void {
    this.#digester.update(bytes);
  }

  async take(buffer: Buffer<ArrayBuffer>): Promise<Buffer<ArrayBuffer>> {
    return buffer;
  }

  async digest(): Promise<Digest> {
    return this.#digester.digest();
  }
}

/** What is kept for a content that nobody holds any more. */
type Left = { readonly hash: number } | { readonly kept: Buffer<ArrayBuffer>[] };

/** What nobody holds any more is forgotten by the thread as well, and counts no longer. */
const forgotten = new FinalizationRegistry<Left>((left) => {
  if ('hash' in left) dropOnThread(left.hash);
  else for (const { length } of left.kept) keptBytes -= length;
});

/**
 * Of content whose size is not known, the first piece tells: what begins with a small one is hashed here. So is what ends before there is
 * enough for a thread to start.
 */
class ThreadDigester implements ContentDigester {
  readonly algorithm: DigestAlgorithm;
  size = 0;
  #own: Digester | undefined;
  #hash: number | undefined;
  readonly #isLarge: boolean;
  readonly #kept: Buffer<ArrayBuffer>[] = [];

  constructor(algorithm: DigestAlgorithm, isLarge: boolean) {
    this.algorithm = algorithm;
    this.#isLarge = isLarge;
  }

  see(): void {}

  async take(buffer: Buffer<ArrayBuffer>, length: number): Promise<Buffer<ArrayBuffer>> {
    this.size += length;
    const isFirst = this.#hash === undefined && this.#kept.length === 0;
    if (isFirst && length < leastUpdateBytes) this.#own ??= new Digester(this.algorithm);
    if (this.#own !== undefined) {
      this.#own.update(buffer.subarray(0, length));
      return buffer;
    }
    const mayWait = !this.#isLarge && this.#hash === undefined && !isHashThreadRunning();
    if (mayWait && keptBytes + length <= leastStartBytes) {
      this.#keep(buffer.subarray(0, length));
      return buffer;
    }
    for (const part of this.#takeKept()) {
      // Whatever ends the thread, the next piece is told.
      updateOnThread(this.#number(), this.algorithm, part.buffer, part.length).catch(() => {});
    }
    return Buffer.from(await updateOnThread(this.#number(), this.algorithm, buffer.buffer, length));
  }

  async digest(): Promise<Digest> {
    if (this.#hash === undefined) {
      const own = this.#own ?? new Digester(this.algorithm);
      for (const part of this.#takeKept()) own.update(part);
      return own.digest();
    }
    forgotten.unregister(this);
    return `${this.algorithm}:${await digestOnThread(this.#hash)}` as Digest;
  }

  #keep(bytes: Buffer): void {
    const copy = Buffer.allocUnsafeSlow(bytes.length);
    copy.set(bytes);
    if (this.#kept.length === 0) forgotten.register(this, { kept: this.#kept }, this);
    this.#kept.push(copy);
    keptBytes += copy.length;
  }

  #takeKept(): Buffer<ArrayBuffer>[] {
    const parts = this.#kept.splice(0);
    for (const { length } of parts) keptBytes -= length;
    if (parts.length > 0) forgotten.unregister(this);
    return parts;
  }

  #number(): number {
    if (this.#hash === undefined) {
      this.#hash = nextHash();
      forgotten.register(this, { hash: this.#hash }, this);
    }
    return this.#hash;
  }
}
