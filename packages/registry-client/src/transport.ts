import type { Bytes } from '@lading/bytes';
import { isLadingError, LadingError } from '@lading/errors';
import { AddressGuard, type AddressOptions } from './configuration/addresses.ts';
import type { Machine } from './configuration/machine.ts';
import { proxyFor } from './configuration/proxy.ts';
import { ConnectionPool } from './http/connection-pool.ts';
import type { HttpResponse } from './http/http-connection.ts';
import { type Headers, headerOf } from './http/response-head.ts';
import { afterRedirect, type Followed, isRedirect } from './redirect.ts';
import { type TlsOptions, tlsFor } from './tls.ts';

export interface Timeouts {
  /** To connect, TLS included; 15 s unless told. */
  readonly connectMs?: number | undefined;
  /** Until an answer begins, counted from the end of the request; 60 s unless told, five times that after sending content. */
  readonly answerMs?: number | undefined;
  /** Longest silence while content moves, either way; 60 s unless told. */
  readonly idleMs?: number | undefined;
  /** Content that comes or is taken slower than this for as long as `idleMs` counts as silence; 1024 unless told. */
  readonly minBytesPerSecond?: number | undefined;
}

export interface TransportOptions {
  /** `host[:port]` of the registry. */
  readonly host: string;
  readonly timeouts?: Timeouts | undefined;
  /** Looked up before the first connection where it is a function. */
  readonly tls?: TlsOptions | (() => Promise<TlsOptions>) | undefined;
  readonly userAgent: string;
  /** Where HTTP_PROXY, HTTPS_PROXY and NO_PROXY are read. */
  readonly machine?: Machine | undefined;
  readonly addresses?: AddressOptions | undefined;
}

export interface TransportRequest {
  readonly method: 'GET' | 'HEAD' | 'PUT' | 'POST' | 'PATCH' | 'DELETE';
  readonly url: URL;
  readonly headers?: Readonly<Record<string, string>>;
  /** Sent to the origin of `url` only, never to where a redirect leads. */
  readonly authorization?: string | undefined;
  readonly body?: Uint8Array | Bytes | undefined;
  /** How long a streamed body is; without, it goes out in chunks. */
  readonly bodyBytes?: number | undefined;
  /** Its content holds a secret: a redirect to another origin is an error. */
  readonly confined?: boolean | undefined;
  readonly signal?: AbortSignal | undefined;
}

export interface TransportResponse {
  readonly status: number;
  readonly headers: Headers;
  /** Where the answer came from, after redirects. */
  readonly url: URL;
  /** To be iterated once, to its end or returned early; or else `discard()`. */
  readonly body: Bytes;
  discard(): Promise<void>;
}

/** A body up to this is read to its end when it is not wanted, so that the connection can be used again. */
const discardBytes = 128 * 1024;
const discardMs = 1000;

/** HTTP for one registry: pooled connections, bounded waits, redirects. Knows nothing of the protocol spoken through it. */
export class Transport {
  readonly #options: TransportOptions;
  readonly #guard: AddressGuard;
  #pool: Promise<ConnectionPool> | undefined;
  #closed = false;

  constructor(options: TransportOptions) {
    this.#options = options;
    this.#guard = new AddressGuard(options.addresses);
  }

  /** Sends and follows redirects. Throws INTERRUPTED, ADDRESS_DENIED, CONFIGURATION_INVALID, or the raw network error. */
  async send(request: TransportRequest): Promise<TransportResponse> {
    let next = request;
    const replayable = request.body === undefined || request.body instanceof Uint8Array;
    for (let redirects = 0; ; redirects++) {
      const response = await this.#exchange(next);
      const location = headerOf(response.headers, 'location');
      if (!isRedirect(response.status) || location === undefined) return response;
      // The answer is not wanted, unless it is not to be followed: then it is the caller's.
      let followed: Followed | undefined;
      try {
        followed = afterRedirect({ ...next, replayable }, { status: response.status, location, redirects });
      } catch (error) {
        await response.discard();
        throw error;
      }
      if (followed === undefined) return response;
      await response.discard();
      next = { ...next, ...followed };
    }
  }

  async #exchange(request: TransportRequest): Promise<TransportResponse> {
    const { url, method, headers, authorization, body, bodyBytes, signal } = request;
    const { userAgent, timeouts = {} } = this.#options;
    this.#guard.check(url);
    const pool = await this.#open();
    const sent = {
      method,
      path: url.pathname + url.search,
      headers: {
        host: url.host,
        'user-agent': userAgent,
        ...headers,
        ...(authorization === undefined ? {} : { authorization }),
      },
      body,
      bodyBytes,
    };
    const answerMs = timeouts.answerMs ?? 60_000;
    const limits = {
      // After content, a registry may have to move or hash it before it can answer.
      answerMs: body === undefined ? answerMs : 5 * answerMs,
      idleMs: timeouts.idleMs ?? 60_000,
      bytesPerSecond: timeouts.minBytesPerSecond ?? 1024,
    };
    const response = await pool.exchange(url, sent, limits, signal);
    return {
      status: response.status,
      headers: response.headers,
      url,
      body: response.body,
      discard: () => discard(response),
    };
  }

  /** Breaks off what is under way. */
  async close(): Promise<void> {
    this.#closed = true;
    const pool = await this.#pool?.catch(() => undefined);
    pool?.close();
  }

  #open(): Promise<ConnectionPool> {
    if (this.#closed) throw new LadingError('USAGE', 'Cannot use a registry after close()');
    this.#pool ??= openPool(this.#options, this.#guard);
    return this.#pool;
  }
}

async function openPool(
  { timeouts = {}, tls = {}, host, machine }: TransportOptions,
  guard: AddressGuard,
): Promise<ConnectionPool> {
  return new ConnectionPool({
    timeoutMs: timeouts.connectMs ?? 15_000,
    tlsFor: await tlsFor(typeof tls === 'function' ? await tls() : tls, host),
    proxyFor: (origin) => proxyFor(origin, machine),
    lookupFor: (origin) => guard.lookupFor(origin),
  });
}

/** Reads the little that is left, so that the connection can be used again; of more, and of what does not come, it breaks off. */
async function discard({ body, abandon }: HttpResponse): Promise<void> {
  let left = discardBytes;
  const timer = setTimeout(abandon, discardMs);
  try {
    for await (const chunk of body) {
      left -= chunk.byteLength;
      if (left < 0) return;
    }
  } catch {
    // It was not wanted.
  } finally {
    clearTimeout(timer);
  }
}

/** The connection was lost or the answer did not come: sending the same again may help. */
export function isConnectionLoss(error: unknown): boolean {
  if (isLadingError(error) || !(error instanceof Error)) return false;
  const { code } = error as NodeJS.ErrnoException;
  return code !== undefined && lossCodes.has(code);
}

const lossCodes: ReadonlySet<string> = new Set([
  'ECONNRESET',
  'ECONNABORTED',
  'EPIPE',
  'EAI_AGAIN',
  'ETIMEDOUT',
  'HTTP_CLOSED',
  'HTTP_TRUNCATED',
  'HTTP_STALLED',
  'HTTP_ANSWER_TIMEOUT',
]);

/** Nobody is there to connect to: a wrong address at first, a restart when there was somebody before. */
export function isConnectionRefusal(error: unknown): boolean {
  return refusalCodes.has((error as NodeJS.ErrnoException).code ?? '');
}

const refusalCodes: ReadonlySet<string> = new Set([
  'HTTP_CONNECT_TIMEOUT',
  'ECONNREFUSED',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'ENETDOWN',
  'EHOSTDOWN',
]);
