import { join } from 'node:path';
import { type Bytes, type Io, withSignal } from '@lading/bytes';
import { LadingError, throwIfAborted } from '@lading/errors';
import { algorithmOf, type Descriptor, type Digest, digestOf } from '@lading/oci';
import type { CompleteOptions, Ingest } from '../content-store.ts';
import { checkedDescriptor } from '../internal/failures.ts';
import { IngestCalls } from '../internal/ingest-calls.ts';
import { removeFile } from '../internal/remove-file.ts';
import { giveWriteBuffer, takeWriteBuffer, writeBufferBytes } from '../internal/write-buffers.ts';
import { writeNewFile } from '../internal/write-new-file.ts';
import { newName } from './ingest-files.ts';

const maxBytes = writeBufferBytes;
/** What is larger takes a whole buffer. */
const ownBytes = 64 << 10;
/** Of all writes of this process together. */
const maxHeldBytes = 32 << 20;
let heldBytes = 0;

/** What is known of content that is small enough to wait in memory. */
export interface SmallContent extends Partial<Descriptor> {
  readonly digest: Digest;
  readonly size: number;
}

/** Whether a write that is about to begin may be buffered. */
export function isSmall(expected: Partial<Descriptor>): expected is SmallContent {
  const { digest, size } = expected;
  return digest !== undefined && size !== undefined && size <= maxBytes && heldBytes + memoryOf(size) <= maxHeldBytes;
}

export interface BufferedIngestOptions {
  readonly id: string;
  readonly expected: SmallContent;
  /** Where files lie that are not yet published. */
  readonly folder: string;
  /** Moves a whole and synced file to where content is read. */
  readonly publish: (path: string, digest: Digest) => Promise<void>;
  /** Whether content with these bytes is there, and stays as if it were committed now. */
  readonly renew: (digest: Digest, data: Uint8Array) => Promise<boolean>;
  /** Told once, when the ingest is over. */
  readonly onClose: (ingest: BufferedIngest) => void;
  readonly tidy: () => Promise<void>;
}

/**
 * A write of small content that is known beforehand: gathered in memory, written and synced once, by commit. Until then there is nothing on
 * disk, so it ends with its process, and suspending it aborts it: fetching it again costs less than keeping it would.
 */
export class BufferedIngest implements Ingest {
  readonly id: string;
  readonly #options: BufferedIngestOptions;
  readonly #calls: IngestCalls;
  #data: Buffer<ArrayBuffer>;
  #offset: number;
  #usedAt = Date.now();

  constructor(options: BufferedIngestOptions, start: Uint8Array = new Uint8Array()) {
    this.id = options.id;
    this.#options = options;
    this.#calls = new IngestCalls(options.id);
    const { size } = options.expected;
    this.#data = size > ownBytes ? takeWriteBuffer() : Buffer.allocUnsafeSlow(size);
    this.#data.set(start);
    this.#offset = start.length;
    heldBytes += memoryOf(size);
  }

  get offset(): number {
    return this.#offset;
  }

  /** Milliseconds since it was begun or appended to. */
  get idleMs(): number {
    return this.#calls.busy ? 0 : Date.now() - this.#usedAt;
  }

  /** Hands the write over to a new object with the bytes so far; this one is then closed. Undefined when it was closed before. */
  supersede(expected: Partial<Descriptor>): BufferedIngest | undefined {
    if (!this.#calls.leave()) return undefined;
    const next = new BufferedIngest(
      { ...this.#options, expected: { ...expected, ...this.#options.expected } },
      this.#data.subarray(0, this.#offset),
    );
    this.#release();
    return next;
  }

  /** Throws SIZE_MISMATCH as soon as more arrives than was announced. */
  async append(bytes: Bytes, io: Io = {}): Promise<void> {
    throwIfAborted(io.signal);
    await this.#calls.run(() => this.#append(bytes, io));
  }

  async complete(bytes: Bytes, expected: Partial<Descriptor>, io: CompleteOptions = {}): Promise<Descriptor> {
    throwIfAborted(io.signal);
    const descriptor = await this.#calls.run(async () => {
      await this.#append(bytes, io);
      return this.#commit({ ...this.#options.expected, ...expected }, io);
    });
    await this.abort();
    return descriptor;
  }

  async commit(expected: Partial<Descriptor> = {}, io: Io = {}): Promise<Descriptor> {
    throwIfAborted(io.signal);
    const descriptor = await this.#calls.run(() => this.#commit({ ...this.#options.expected, ...expected }, io));
    await this.abort();
    return descriptor;
  }

  async suspend(): Promise<void> {
    if (!this.#calls.ended) this.#offset = 0;
    await this.abort();
  }

  async abort(): Promise<void> {
    if (!this.#calls.end()) return;
    this.#release();
    this.#options.onClose(this);
    await this.#options.tidy();
  }

  async #append(bytes: Bytes, io: Io): Promise<void> {
    for await (const chunk of withSignal(bytes, io.signal)) {
      if (this.#offset + chunk.length > this.#options.expected.size) throw this.#tooLong();
      this.#data.set(chunk, this.#offset);
      this.#offset += chunk.length;
    }
    this.#usedAt = Date.now();
  }

  async #commit(stated: SmallContent, io: CompleteOptions): Promise<Descriptor> {
    const data = this.#data.subarray(0, this.#offset);
    const actual = { digest: digestOf(data, algorithmOf(stated.digest)), size: data.length };
    let descriptor: Descriptor;
    try {
      descriptor = checkedDescriptor(actual, stated);
    } catch (error) {
      await this.abort();
      throw error;
    }
    await io.ready?.();
    await this.#store(data, actual.digest);
    return descriptor;
  }

  #release(): void {
    heldBytes -= memoryOf(this.#options.expected.size);
    // A call that runs may still write to it: then it is nobody's.
    if (this.#options.expected.size > ownBytes) giveWriteBuffer(this.#calls.settled ? this.#data : undefined);
  }

  async #store(data: Buffer, digest: Digest): Promise<void> {
    if (await this.#options.renew(digest, data)) return;
    const path = join(this.#options.folder, newName());
    try {
      await writeNewFile(path, data, 0o444);
      await this.#options.publish(path, digest);
    } catch (error) {
      await removeFile(path);
      throw error;
    }
  }

  #tooLong(): LadingError {
    const { digest, size } = this.#options.expected;
    return new LadingError('SIZE_MISMATCH', `Cannot store ${digest}: more than the announced ${size} bytes arrived`, {
      details: { expected: size },
    });
  }
}

function memoryOf(size: number): number {
  return size > ownBytes ? writeBufferBytes : size;
}
