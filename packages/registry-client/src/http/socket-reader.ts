import type { Socket } from 'node:net';
import { CHUNK_BYTES } from '@lading/bytes';
import { HttpFailure } from './http-failure.ts';

/** The longest wait for bytes, and how slowly they may come. */
export interface Patience {
  /** Milliseconds of waiting in which not even `bytesPerSecond` came count as a broken connection. */
  readonly idleMs: number;
  readonly bytesPerSecond: number;
}

/** What was not yet used when reading goes on is moved here, so that it and what comes next are one piece. */
const headroom = 64 << 10;
const capacity = headroom + CHUNK_BYTES;

/**
 * The incoming bytes of a socket, read by the kernel straight into one buffer that is used over and over. A stream's own way, a new
 * buffer of 64 KiB for each read, takes eight times the CPU time and 100 MB more memory for the collector to catch up with.
 *
 * Nothing is read from the socket that was not asked for, up to the size of the buffer.
 */
export class SocketReader {
  readonly #buffer = Buffer.allocUnsafeSlow(capacity);
  /** What is there to use: `[start, end)`. */
  #start = headroom;
  #end = headroom;
  #ended = false;
  #failure: Error | undefined;
  #waiting: { readonly want: number; readonly done: () => void } | undefined;
  /** Set when the socket cannot read into our buffer itself: one that speaks TLS through another. */
  #streamed: Socket | undefined;
  #socket: Socket | undefined;

  /** For `connect()` of net and tls. */
  readonly onread = {
    // Called for the first read and after each: where the next one goes. While nobody waits that is behind the headroom.
    buffer: (): Uint8Array => this.#buffer.subarray(this.#waiting === undefined ? headroom : this.#end),
    callback: (count: number): boolean => {
      this.#took(count);
      return this.#waiting !== undefined;
    },
  };

  /** `direct`: the socket was made with `onread`. */
  attach(socket: Socket, { direct }: { readonly direct: boolean }): void {
    this.#socket = socket;
    const fail = (error: Error | undefined): void => {
      this.#ended = true;
      this.#failure ??= error;
      this.#wake();
    };
    socket.once('end', () => fail(undefined));
    socket.on('error', fail);
    socket.once('close', () => fail(undefined));
    if (direct) return;
    this.#streamed = socket;
    socket.on('readable', () => this.#pump());
  }

  /** Bytes that can be used now. */
  get available(): number {
    return this.#end - this.#start;
  }

  /** No more will come. */
  get ended(): boolean {
    return this.#ended;
  }

  /** The bytes that can be used now; overwritten by the next `gather`. */
  peek(): Buffer {
    return this.#buffer.subarray(this.#start, this.#end);
  }

  /** Uses bytes up; gives them. They are overwritten by the next `gather`. */
  take(count: number): Buffer {
    const taken = this.#buffer.subarray(this.#start, this.#start + count);
    this.#start += count;
    return taken;
  }

  /**
   * Waits until `want` bytes can be used (a chunk of 512 KiB at most), or no more will come. Throws the socket's error, and
   * HTTP_STALLED, once there is nothing left to use.
   */
  async gather(want: number, patience: Patience): Promise<void> {
    const needed = Math.min(want, CHUNK_BYTES);
    // What does not fit into the headroom is enough to go on with.
    if (this.available >= Math.min(needed, headroom)) return;
    if (!this.#ended) await this.#wait(needed, patience);
    if (this.available === 0 && this.#failure !== undefined) throw this.#failure;
  }

  /** Lets the socket tell when the peer closes or speaks unasked, while it is in no use. */
  watch(): void {
    this.#makeRoom();
    this.#socket?.resume();
  }

  #wait(want: number, { idleMs, bytesPerSecond }: Patience): Promise<void> {
    this.#makeRoom();
    return new Promise((resolve) => {
      let since = performance.now();
      let before = this.#end;
      const least = (bytesPerSecond * idleMs) / 1000;
      const timer = setInterval(() => {
        // Counted over the waiting only: a reader that takes its time does not make the peer slow.
        if (this.#end - before >= Math.max(1, least)) {
          before = this.#end;
          since = performance.now();
        } else if (performance.now() - since >= idleMs) {
          this.#failure ??= new HttpFailure('HTTP_STALLED', `the peer sent too little in ${idleMs} ms`);
          this.#ended = true;
          this.#wake();
          this.#socket?.destroy();
        }
      }, idleMs / 4);
      const done = (): void => {
        clearInterval(timer);
        resolve();
      };
      this.#waiting = { want, done };
      if (this.#streamed === undefined) this.#socket?.resume();
      else this.#pump();
    });
  }

  /** What is left to use is moved to end where the socket was told to put what comes next. */
  #makeRoom(): void {
    const left = this.available;
    this.#buffer.copyWithin(headroom - left, this.#start, this.#end);
    this.#start = headroom - left;
    this.#end = headroom;
  }

  #took(count: number): void {
    this.#end += count;
    const waiting = this.#waiting;
    if (waiting !== undefined && (this.available >= waiting.want || this.#end === capacity)) this.#wake();
  }

  #pump(): void {
    while (this.#waiting !== undefined && this.#streamed !== undefined) {
      const count = Math.min(this.#streamed.readableLength, capacity - this.#end);
      const chunk: Buffer | null = count === 0 ? null : this.#streamed.read(count);
      if (chunk === null) {
        // Asked for nothing, a stream goes on to fetch more.
        this.#streamed.read(0);
        return;
      }
      this.#buffer.set(chunk, this.#end);
      this.#took(chunk.byteLength);
    }
  }

  #wake(): void {
    const waiting = this.#waiting;
    this.#waiting = undefined;
    waiting?.done();
  }
}
