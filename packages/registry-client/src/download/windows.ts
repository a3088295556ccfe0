import { type Bytes, CHUNK_BYTES } from '@lading/bytes';

/** Gives the bytes of a range, all of them; undefined where a range is answered with something else. */
export type OpenRange = (start: number, end: number, signal: AbortSignal) => Promise<Bytes | undefined>;

/** So much is fetched at a time over one connection. */
export const windowBytes: number = 4 << 20;
/** Of one download. */
const mostWindows = 4;
/** Of all downloads of this process together: 32 MiB. */
let free = 8;
const idle: Buffer[] = [];

/**
 * The bytes of a range, fetched by several requests at once and given in their order: as many windows as there are connections move along
 * it, each fetched whole into memory of its own.
 */
export class Windows {
  readonly #open: OpenRange;
  readonly #end: number;
  readonly #stop = new AbortController();
  readonly #ahead: { readonly data: Promise<Buffer>; readonly buffer: Buffer }[] = [];
  readonly #reserved: number;
  #next: number;
  #closed = false;
  #given: ((given: boolean) => void) | undefined;
  /** Whether ranges are given, as the first answer tells. */
  readonly given: Promise<boolean>;

  /** Takes memory, to be given back by `close()`; undefined when other downloads have it. */
  static reserve(open: OpenRange, start: number, end: number): Windows | undefined {
    const count = Math.min(free, mostWindows);
    return count < 2 ? undefined : new Windows(open, start, end, count);
  }

  private constructor(open: OpenRange, start: number, end: number, reserved: number) {
    this.#open = open;
    this.#next = start;
    this.#end = end;
    this.#reserved = reserved;
    this.given = new Promise((resolve) => {
      this.#given = resolve;
    });
    free -= reserved;
    this.#fetch(reserved);
  }

  /** Gives the bytes in order and closes; throws what the requests throw. */
  async *bytes(): AsyncGenerator<Uint8Array, void, undefined> {
    try {
      for (let window = this.#ahead[0]; window !== undefined; window = this.#ahead[0]) {
        const data = await window.data;
        for (let at = 0; at < data.length; at += CHUNK_BYTES) yield data.subarray(at, at + CHUNK_BYTES);
        this.#ahead.shift();
        idle.push(window.buffer);
        this.#fetch(1);
      }
    } finally {
      await this.close();
    }
  }

  /** Breaks off the requests and gives the memory back once they no longer write to it. */
  async close(): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    this.#stop.abort();
    for (const { data, buffer } of this.#ahead.splice(0)) {
      await data.catch(() => {});
      idle.push(buffer);
    }
    free += this.#reserved;
    if (free === 8) idle.length = 0;
  }

  #fetch(count: number): void {
    for (let turn = 0; turn < count && this.#next < this.#end; turn++) {
      const start = this.#next;
      this.#next = Math.min(start + windowBytes, this.#end);
      const buffer = idle.pop() ?? Buffer.allocUnsafeSlow(windowBytes);
      const data = this.#load(buffer.subarray(0, this.#next - start), start);
      // Whoever reads it sees its failure; until then it is nobody's.
      data.catch(() => {});
      this.#ahead.push({ data, buffer });
    }
  }

  async #load(into: Buffer, start: number): Promise<Buffer> {
    let at = 0;
    const opening = this.#open(start, start + into.length, this.#stop.signal);
    opening.then(
      (opened) => this.#given?.(opened !== undefined),
      () => this.#given?.(false),
    );
    const bytes = await opening;
    if (bytes === undefined) throw new Error('ranges are not given');
    for await (const chunk of bytes) {
      into.set(chunk, at);
      at += chunk.byteLength;
    }
    return into.subarray(0, at);
  }
}
