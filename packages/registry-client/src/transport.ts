import type { Bytes } from '@lading/bytes';
import { isLadingError, LadingError } from '@lading/errors';
import { ConnectionPool } from './http/connection-pool.ts';
import { environmentProxy } from './http/environment-proxy.ts';
import type { HttpResponse } from './http/http-connection.ts';
import { type Headers, headerOf } from './http/response-head.ts';

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

export interface TlsOptions {
  /** PEM text of authorities to trust besides the system's. */
  readonly ca?: string | undefined;
  /** PEM text of a client certificate and its key. */
  readonly certificate?: string | undefined;
  readonly key?: string | undefined;
  /** `false` accepts any certificate: whoever stands in between can then read and change everything that no digest covers. */
  readonly verify?: boolean | undefined;
}

export interface TransportOptions {
  readonly timeouts?: Timeouts | undefined;
  readonly tls?: TlsOptions | undefined;
  readonly userAgent: string;
  /** Never through a proxy; else HTTP_PROXY, HTTPS_PROXY and NO_PROXY decide. */
  readonly direct: boolean;
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

const mostRedirects = 8;
const redirectStatuses: ReadonlySet<number> = new Set([301, 302, 303, 307, 308]);
/** A body up to this is read to its end when it is not wanted, so that the connection can be used again. */
const discardBytes = 128 * 1024;
const discardMs = 1000;

/** HTTP for one registry: pooled connections, bounded waits, redirects. Knows nothing of the protocol spoken through it. */
export class Transport {
  readonly #options: TransportOptions;
  #pool: Promise<ConnectionPool> | undefined;
  #closed = false;

  constructor(options: TransportOptions) {
    this.#options = options;
  }

  /** Sends and follows redirects. Throws INTERRUPTED, or the raw network error. */
  async send(request: TransportRequest): Promise<TransportResponse> {
    let { url, method, authorization } = request;
    for (let redirects = 0; ; redirects++) {
      const response = await this.#exchange({ ...request, url, method, authorization });
      const location = headerOf(response.headers, 'location');
      if (!redirectStatuses.has(response.status) || location === undefined) return response;
      const replayable = request.body === undefined || request.body instanceof Uint8Array;
      const reading = method === 'GET' || method === 'HEAD';
      // Only 307 and 308 promise that a write keeps its method; the others turn it into a GET, which would be no write at all.
      if (!reading && (!replayable || (response.status !== 307 && response.status !== 308))) return response;
      await response.discard();
      const next = redirectTarget(url, location, redirects);
      if (next.origin !== url.origin) authorization = undefined;
      url = next;
    }
  }

  async #exchange(request: TransportRequest): Promise<TransportResponse> {
    const { url, method, headers, authorization, body, bodyBytes, signal } = request;
    const { userAgent, timeouts = {} } = this.#options;
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
    this.#pool ??= openPool(this.#options);
    return this.#pool;
  }
}

async function openPool({ timeouts = {}, tls = {}, direct }: TransportOptions): Promise<ConnectionPool> {
  return new ConnectionPool({
    timeoutMs: timeouts.connectMs ?? 15_000,
    tls: {
      ca: tls.ca === undefined ? undefined : await authorities(tls.ca),
      cert: tls.certificate,
      key: tls.key,
      rejectUnauthorized: tls.verify === false ? false : undefined,
    },
    proxyFor: direct ? () => undefined : (origin) => environmentProxy(origin),
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

/** Naming an authority replaces the built-in ones, so they are named with it. */
async function authorities(ca: string): Promise<string[]> {
  const { getCACertificates } = await import('node:tls');
  return [...getCACertificates('default'), ca];
}

function redirectTarget(from: URL, location: string, redirects: number): URL {
  const refuse = (why: string): LadingError =>
    new LadingError('REGISTRY_RESPONSE', `Cannot follow a redirect of ${from.host}: ${why}`, {
      details: { host: from.host },
    });
  if (redirects >= mostRedirects) throw refuse(`there are more than ${mostRedirects} in a row`);
  if (!URL.canParse(location, from.href)) throw refuse('its target is not a URL');
  const target = new URL(location, from);
  if (target.protocol !== 'https:' && target.protocol !== 'http:') throw refuse(`its target is ${target.protocol}`);
  if (from.protocol === 'https:' && target.protocol === 'http:') throw refuse('it leads from https to plain http');
  return target;
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
