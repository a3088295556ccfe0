import type { Socket } from 'node:net';
import { interrupted, throwIfAborted } from '@lading/errors';
import { HttpFailure } from './http-failure.ts';
import type { HttpRequest } from './http-request.ts';
import { readBody } from './response-body.ts';
import { endOfHead, framingOf, invalid, mostHeadBytes, parseHead, type ResponseHead } from './response-head.ts';
import { Sending } from './sending.ts';
import type { Patience, SocketReader } from './socket-reader.ts';

export interface HttpResponse extends ResponseHead {
  /** To be iterated once, to its end or returned early. */
  readonly body: AsyncGenerator<Uint8Array, void, undefined>;
  /** Closes the connection, also while the body is waited for. */
  abandon(): void;
}

export interface Limits extends Patience {
  /** From the end of the request to the end of the head of its answer. */
  readonly answerMs: number;
}

const interimStatus = (status: number): boolean => status >= 100 && status < 200 && status !== 101;

/**
 * One connection that speaks HTTP/1.1, one exchange at a time. RFC 9112.
 *
 * An answer is read while the request is still being sent: a server that refuses an upload says so and closes. What is left of the body
 * is then not sent.
 */
export class HttpConnection {
  readonly #socket: Socket;
  readonly #reader: SocketReader;
  readonly #release: (reusable: boolean) => void;

  /** `release` is called once after each exchange that `exchange` resolved for. */
  constructor(socket: Socket, reader: SocketReader, release: (reusable: boolean) => void) {
    this.#socket = socket;
    this.#reader = reader;
    this.#release = release;
  }

  get usable(): boolean {
    return !this.#reader.ended && this.#reader.available === 0 && !this.#socket.destroyed;
  }

  /** While it is in no use it notices when the peer closes, and does not keep the process from ending. */
  rest(): void {
    this.#reader.watch();
    this.#socket.unref();
  }

  destroy(): void {
    this.#socket.destroy();
  }

  /** Throws INTERRUPTED, what the body throws, HttpFailure, or the socket's error; the connection is then closed. */
  async exchange(request: HttpRequest, limits: Limits, signal: AbortSignal | undefined): Promise<HttpResponse> {
    throwIfAborted(signal);
    const onAbort = (): void => {
      this.#socket.destroy();
    };
    signal?.addEventListener('abort', onAbort, { once: true });
    const over = (reusable: boolean): void => {
      signal?.removeEventListener('abort', onAbort);
      if (!reusable) this.#socket.destroy();
      this.#release(reusable);
    };
    this.#socket.ref();
    try {
      const sending = new Sending(this.#socket, request, limits);
      const head = await this.#answerTo(sending, limits);
      const framing = framingOf(request.method, head);
      sending.stop();
      const body = this.#read(readBody(this.#reader, framing, limits), signal, (whole) =>
        over(whole && head.keepAlive && framing !== 'close' && sending.done && this.usable),
      );
      // What has no body is over at once, whether or not somebody asks for it.
      if (framing === 0) await body.next();
      return { ...head, body, abandon: () => this.destroy() };
    } catch (error) {
      signal?.removeEventListener('abort', onAbort);
      this.#socket.destroy();
      if (signal?.aborted) throw interrupted(signal);
      throw error;
    }
  }

  async #answerTo(sending: Sending, limits: Limits): Promise<ResponseHead> {
    let timer: NodeJS.Timeout | undefined;
    let late = false;
    let answered = false;
    // Until the request is sent, silence is expected; a peer that does not take the request is the sender's to notice.
    const patience = { idleMs: 2 ** 30, bytesPerSecond: 0 };
    const startTimer = (): void => {
      if (answered) return;
      timer = setTimeout(() => {
        late = true;
        this.#socket.destroy();
      }, limits.answerMs);
    };
    // A request that fails because the peer closed may have been answered before: the answer tells more.
    sending.finished.then(startTimer, startTimer);
    try {
      return await this.#head(patience);
    } catch (error) {
      if (late) throw new HttpFailure('HTTP_ANSWER_TIMEOUT', `there was no answer in ${limits.answerMs} ms`);
      throw sending.failure ?? error;
    } finally {
      clearTimeout(timer);
      answered = true;
    }
  }

  async #head(patience: Patience): Promise<ResponseHead> {
    for (let want = 1; ; ) {
      await this.#reader.gather(want, patience);
      const { available } = this.#reader;
      const end = endOfHead(this.#reader.peek().subarray(0, mostHeadBytes));
      if (end !== undefined) {
        const head = parseHead(this.#reader.take(end));
        if (!interimStatus(head.status)) return head;
        if (head.status === 101) throw invalid('it changes the protocol');
        want = 1;
        continue;
      }
      if (available < want) {
        throw available === 0
          ? new HttpFailure('HTTP_CLOSED', 'the peer closed the connection before it answered')
          : invalid('it ends in its head');
      }
      want = available + 1;
    }
  }

  async *#read(
    body: AsyncGenerator<Uint8Array, void, undefined>,
    signal: AbortSignal | undefined,
    over: (whole: boolean) => void,
  ): AsyncGenerator<Uint8Array, void, undefined> {
    let whole = false;
    try {
      yield* body;
      whole = true;
    } catch (error) {
      if (signal?.aborted) throw interrupted(signal);
      throw error;
    } finally {
      over(whole);
    }
  }
}
