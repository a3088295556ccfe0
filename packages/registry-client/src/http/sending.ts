import type { Socket } from 'node:net';
import type { Bytes } from '@lading/bytes';
import { HttpFailure } from './http-failure.ts';
import type { HttpRequest } from './http-request.ts';
import type { Patience } from './socket-reader.ts';

/**
 * A request on its way out. A chunk of its body is asked for when the one before was handed to the system whole, so a source may use its
 * buffer again.
 */
export class Sending {
  /** Settles when nothing more is sent. */
  readonly finished: Promise<void>;
  /** All of it was sent. */
  done = false;
  /** Why it stopped, when that was not the connection: its source failed, or the peer took too little for too long. */
  failure: unknown;
  readonly #socket: Socket;
  readonly #patience: Patience;
  #stopped = false;
  #writing = false;

  constructor(socket: Socket, request: HttpRequest, patience: Patience) {
    this.#socket = socket;
    this.#patience = patience;
    this.finished = this.#send(request);
    this.finished.catch(() => {});
  }

  /** The answer is there: what was not sent yet is left out. */
  stop(): void {
    this.#stopped = true;
  }

  async #send({ method, path, headers, body, bodyBytes }: HttpRequest): Promise<void> {
    const length = body instanceof Uint8Array ? body.byteLength : bodyBytes;
    const framing: Record<string, string> =
      body !== undefined
        ? length === undefined
          ? { 'transfer-encoding': 'chunked' }
          : { 'content-length': String(length) }
        : method === 'POST' || method === 'PUT' || method === 'PATCH'
          ? { 'content-length': '0' }
          : {};
    this.#socket.setNoDelay(true);
    this.#socket.setTimeout(this.#patience.idleMs);
    const onTimeout = (): void => {
      if (this.#writing) this.#stall();
    };
    this.#socket.on('timeout', onTimeout);
    try {
      const head = headText(method, path, { ...headers, ...framing });
      if (body === undefined) await this.#write(head);
      else if (body instanceof Uint8Array) await this.#write(head, body);
      else {
        await this.#write(head);
        await this.#stream(body, length);
      }
      this.done = !this.#stopped;
    } catch (error) {
      if (!(error instanceof WriteFailed)) this.failure ??= error;
      this.#socket.destroy();
      throw error;
    } finally {
      this.#socket.setTimeout(0);
      this.#socket.removeListener('timeout', onTimeout);
    }
  }

  async #stream(body: Bytes, length: number | undefined): Promise<void> {
    let sent = 0;
    for await (const chunk of body) {
      if (this.#stopped) return;
      if (chunk.byteLength === 0) continue;
      sent += chunk.byteLength;
      if (length !== undefined && sent > length) throw new Error(`the body is longer than its ${length} bytes`);
      if (length !== undefined) await this.#write(chunk);
      else await this.#write(`${chunk.byteLength.toString(16)}\r\n`, chunk, '\r\n');
    }
    if (length === undefined) await this.#write('0\r\n\r\n');
    else if (sent < length) throw new Error(`the body ends after ${sent} of ${length} bytes`);
  }

  #write(...parts: readonly (string | Uint8Array)[]): Promise<void> {
    const { idleMs, bytesPerSecond } = this.#patience;
    const bytes = parts.reduce((sum, part) => sum + part.length, 0);
    const slowMs = idleMs + (bytesPerSecond > 0 ? (bytes * 1000) / bytesPerSecond : 0);
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => this.#stall(), Math.min(slowMs, 2 ** 30));
      this.#writing = true;
      this.#socket.cork();
      for (const part of parts.slice(0, -1)) this.#socket.write(part, 'latin1');
      this.#socket.write(parts.at(-1) as Uint8Array | string, 'latin1', (error) => {
        this.#writing = false;
        clearTimeout(timer);
        if (error == null) resolve();
        else reject(new WriteFailed('the connection broke while the request was sent', { cause: error }));
      });
      this.#socket.uncork();
    });
  }

  #stall(): void {
    this.failure ??= new HttpFailure('HTTP_STALLED', `the peer took too little in ${this.#patience.idleMs} ms`);
    this.#socket.destroy();
  }
}

class WriteFailed extends Error {}

function headText(method: string, path: string, headers: Readonly<Record<string, string>>): string {
  let text = `${method} ${path} HTTP/1.1\r\n`;
  for (const [name, value] of Object.entries(headers)) {
    // What cannot stand in a header would end it, and begin one that somebody else chose.
    if (/[^\t\x20-\x7e\x80-\xff]/.test(value))
      throw new TypeError(`the header ${name} has characters that cannot be sent`);
    text += `${name}: ${value}\r\n`;
  }
  return `${text}\r\n`;
}
