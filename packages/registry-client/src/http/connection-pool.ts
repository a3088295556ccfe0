import { LadingError, throwIfAborted } from '@lading/errors';
import { type DialOptions, dial, proxyAuthorization } from './dial.ts';
import { HttpConnection, type HttpResponse, type Limits } from './http-connection.ts';
import type { HttpRequest } from './http-request.ts';

export type ConnectionPoolOptions = Omit<DialOptions, 'signal'>;

/** Servers close what is idle, some after five seconds; a request that meets that moment is lost. */
const idleMs = 4000;
/** Connections to one origin at most; whoever comes then waits. */
const mostConnections = 64;

interface Origin {
  readonly idle: { readonly connection: HttpConnection; readonly since: number }[];
  readonly waiting: (() => void)[];
  open: number;
}

/** Waits to be woken; whoever is aborted meanwhile leaves the line, so that nobody's turn is lost on it. */
function turn(line: (() => void)[], signal: AbortSignal | undefined): Promise<void> {
  return new Promise((resolve) => {
    const wake = (): void => {
      signal?.removeEventListener('abort', leave);
      resolve();
    };
    const leave = (): void => {
      const at = line.indexOf(wake);
      if (at >= 0) line.splice(at, 1);
      resolve();
    };
    line.push(wake);
    signal?.addEventListener('abort', leave, { once: true });
  });
}

/** A request for plain HTTP as a proxy wants it, which many let tunnel to TLS alone. RFC 9112 §3.2.2. */
function forwarded(request: HttpRequest, url: URL, proxy: URL): HttpRequest {
  const authorization = proxyAuthorization(proxy);
  return {
    ...request,
    path: `${url.origin}${request.path}`,
    headers: {
      ...request.headers,
      ...(authorization === undefined ? {} : { 'proxy-authorization': authorization }),
    },
  };
}

/** Connections by origin, used again as long as they are young. */
export class ConnectionPool {
  readonly #options: ConnectionPoolOptions;
  readonly #origins = new Map<string, Origin>();
  readonly #all = new Set<HttpConnection>();
  #sweeper: NodeJS.Timeout | undefined;
  #closed = false;

  constructor(options: ConnectionPoolOptions) {
    this.#options = options;
  }

  /** Sends to the origin of `url`. Throws what HttpConnection.exchange and dial throw. */
  async exchange(
    url: URL,
    request: HttpRequest,
    limits: Limits,
    signal: AbortSignal | undefined,
  ): Promise<HttpResponse> {
    const connection = await this.#take(url, signal);
    const proxy = url.protocol === 'http:' ? this.#options.proxyFor(url) : undefined;
    return connection.exchange(proxy === undefined ? request : forwarded(request, url, proxy), limits, signal);
  }

  /** Breaks off what is under way. */
  close(): void {
    this.#closed = true;
    clearInterval(this.#sweeper);
    for (const connection of this.#all) connection.destroy();
  }

  async #take(url: URL, signal: AbortSignal | undefined): Promise<HttpConnection> {
    const origin = this.#originOf(url);
    for (;;) {
      throwIfAborted(signal);
      this.#assertOpen();
      for (let found = origin.idle.pop(); found !== undefined; found = origin.idle.pop()) {
        if (found.connection.usable && performance.now() - found.since < idleMs) return found.connection;
        found.connection.destroy();
      }
      if (origin.open < mostConnections) break;
      await turn(origin.waiting, signal);
    }
    origin.open++;
    const gone = (): void => {
      origin.open--;
      origin.waiting.shift()?.();
    };
    try {
      const { socket, reader } = await dial(url, { ...this.#options, signal });
      const connection: HttpConnection = new HttpConnection(socket, reader, (reusable) => {
        if (!reusable || this.#closed) return;
        origin.idle.push({ connection, since: performance.now() });
        connection.rest();
        this.#sweep();
        origin.waiting.shift()?.();
      });
      this.#all.add(connection);
      socket.once('close', () => {
        this.#all.delete(connection);
        gone();
      });
      // Closed while it was dialed.
      if (this.#closed) connection.destroy();
      return connection;
    } catch (error) {
      gone();
      throw error;
    }
  }

  #assertOpen(): void {
    if (this.#closed) throw new LadingError('USAGE', 'Cannot use a registry after close()');
  }

  #originOf(url: URL): Origin {
    let origin = this.#origins.get(url.origin);
    if (origin === undefined) {
      origin = { idle: [], waiting: [], open: 0 };
      this.#origins.set(url.origin, origin);
    }
    return origin;
  }

  /** An idle connection does not keep the process from ending; one that is too old is closed. */
  #sweep(): void {
    this.#sweeper ??= setInterval(() => {
      const now = performance.now();
      let left = 0;
      for (const { idle } of this.#origins.values()) {
        while (idle[0] !== undefined && now - idle[0].since >= idleMs) idle.shift()?.connection.destroy();
        left += idle.length;
      }
      if (left > 0) return;
      clearInterval(this.#sweeper);
      this.#sweeper = undefined;
    }, idleMs).unref();
  }
}
