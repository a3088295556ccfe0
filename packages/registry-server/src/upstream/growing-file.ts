import { randomUUID } from 'node:crypto';
import { type FileHandle, mkdir, open, unlink } from 'node:fs/promises';
import type { ServerResponse } from 'node:http';
import { join } from 'node:path';
import { LadingError } from '@lading/errors';

const bufferBytes = 256 << 10;

/**
 * Content that comes in, for any number of readers to follow from any place. It lies in a file without a name, so memory does not grow with
 * it, readers are as slow as they like, and nothing is left of it after a crash. The last byte is given once the whole has proved right.
 */
export class GrowingFile {
  readonly size: number;
  readonly #file: FileHandle;
  #written = 0;
  #outcome: { readonly error?: unknown } | undefined;
  #changed = Promise.withResolvers<void>();
  #users = 1;

  private constructor(file: FileHandle, size: number) {
    this.#file = file;
    this.size = size;
  }

  /** Has one user: the caller, who `end()`s it. */
  static async create(folder: string, size: number): Promise<GrowingFile> {
    await mkdir(folder, { recursive: true });
    const path = join(folder, randomUUID());
    const file = await open(path, 'wx+', 0o600);
    await unlink(path);
    return new GrowingFile(file, size);
  }

  /** The chunk may be used again afterwards. Throws SIZE_MISMATCH for more than was announced. */
  async append(chunk: Uint8Array): Promise<void> {
    if (this.#written + chunk.length > this.size) {
      throw new LadingError('SIZE_MISMATCH', `Cannot take more than the announced ${this.size} bytes`, {
        details: { expected: this.size },
      });
    }
    for (let at = 0; at < chunk.length; ) {
      const { bytesWritten } = await this.#file.write(chunk, at, chunk.length - at, this.#written + at);
      at += bytesWritten;
    }
    this.#written += chunk.length;
    this.#wake();
  }

  /** It is right, or `error` says why not. */
  async end(error?: unknown): Promise<void> {
    this.#outcome = error === undefined ? {} : { error };
    this.#wake();
    await this.#release();
  }

  /** Sends a part, which may still have to come, and ends the response. Rejects when it does not come. */
  async send(
    response: ServerResponse,
    { start, end }: { readonly start: number; readonly end: number },
    signal: AbortSignal,
  ): Promise<void> {
    this.#users++;
    const wake = (): void => this.#wake();
    signal.addEventListener('abort', wake);
    try {
      // A slow upstream is no reason for a client to think that nobody answers.
      response.flushHeaders();
      let buffer: Buffer | undefined;
      for (let at = start; at < end && !signal.aborted; ) {
        const there = Math.min(end, await this.#reaching(at, signal));
        // One buffer is enough: the system's own holds what is on its way.
        buffer ??= Buffer.allocUnsafeSlow(Math.min(bufferBytes, end - start));
        while (at < there && !signal.aborted) {
          const { bytesRead } = await this.#file.read(buffer, 0, Math.min(buffer.length, there - at), at);
          await written(response, buffer.subarray(0, bytesRead));
          at += bytesRead;
        }
      }
      if (!signal.aborted) response.end();
    } finally {
      signal.removeEventListener('abort', wake);
      await this.#release();
    }
  }

  /** How far it may be read, once that is beyond `at`. */
  async #reaching(at: number, signal: AbortSignal): Promise<number> {
    for (;;) {
      if (this.#outcome !== undefined && 'error' in this.#outcome) throw this.#outcome.error;
      const readable = this.#outcome === undefined ? Math.min(this.#written, this.size - 1) : this.#written;
      if (readable > at || signal.aborted) return readable;
      await this.#changed.promise;
    }
  }

  #wake(): void {
    const { resolve } = this.#changed;
    this.#changed = Promise.withResolvers();
    resolve();
  }

  async #release(): Promise<void> {
    if (--this.#users === 0) await this.#file.close();
  }
}

function written(response: ServerResponse, chunk: Uint8Array): Promise<void> {
  return new Promise((resolve, reject) => {
    response.write(chunk, (error) => (error == null ? resolve() : reject(error)));
  });
}
