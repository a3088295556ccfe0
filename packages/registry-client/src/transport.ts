import { getDefaultHighWaterMark } from 'node:stream';
import type { Bytes } from '@lading/bytes';
import { interrupted, isLadingError, LadingError, throwIfAborted } from '@lading/errors';
import type { Dispatcher } from 'undici';

export interface Timeouts {
  /** To connect, TLS included; 15 s unless told. */
  readonly connectMs?: number | undefined;
  /** Until an answer begins, counted from the end of the request; 60 s unless told, five times that after sending content. */
  readonly answerMs?: number | undefined;
  /** Longest silence inside an answer; 60 s unless told. */
  readonly idleMs?: number | undefined;
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

export type Headers = Readonly<Record<string, string | string[] | undefined>>;

export interface TransportRequest {
  readonly method: 'GET' | 'HEAD' | 'PUT' | 'POST' | 'PATCH' | 'DELETE';
  readonly url: URL;
  readonly headers?: Readonly<Record<string, string>>;
  /** Sent to the origin of `url` only, never to where a redirect leads. */
  readonly authorization?: string | undefined;
  readonly body?: Uint8Array | Bytes | undefined;
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
  #dispatcher: Promise<Dispatcher> | undefined;
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
    const { url, method, body, signal } = request;
    throwIfAborted(signal);
    const { userAgent, timeouts = {} } = this.#options;
    const answerMs = timeouts.answerMs ?? 60_000;
    try {
      const dispatcher = await this.#open();
      const response = await dispatcher.request({
        origin: url.origin,
        path: url.pathname + url.search,
        method,
        headers: {
          'user-agent': userAgent,
          ...request.headers,
          ...(request.authorization === undefined ? {} : { authorization: request.authorization }),
        },
        // undici takes any async iterable; its types know only some classes.
        body: (body === undefined || body instanceof Uint8Array
          ? body
          : own(body)) as Dispatcher.DispatchOptions['body'],
        signal: signal ?? null,
        headersTimeout: body === undefined ? answerMs : 5 * answerMs,
        bodyTimeout: timeouts.idleMs ?? 60_000,
        highWaterMark: 512 * 1024,
      } as Dispatcher.RequestOptions);
      const incoming = response.body;
      return {
        status: response.statusCode,
        headers: response.headers,
        url,
        body: read(incoming, signal),
        discard: async () => {
          await incoming.dump({ limit: discardBytes, signal: AbortSignal.timeout(discardMs) }).catch(() => {});
        },
      };
    } catch (error) {
      if (signal?.aborted) throw interrupted(signal);
      throw error;
    }
  }

  /** Breaks off what is under way. */
  async close(): Promise<void> {
    this.#closed = true;
    const dispatcher = await this.#dispatcher?.catch(() => undefined);
    await dispatcher?.destroy();
  }

  #open(): Promise<Dispatcher> {
    if (this.#closed) throw new LadingError('USAGE', 'Cannot use a registry after close()');
    this.#dispatcher ??= openDispatcher(this.#options);
    return this.#dispatcher;
  }
}

export function headerOf(headers: Headers, name: string): string | undefined {
  const value = headers[name];
  return Array.isArray(value) ? value.join(', ') : value;
}

async function openDispatcher({ timeouts = {}, tls = {}, direct }: TransportOptions): Promise<Dispatcher> {
  // Loaded here because it takes longer than everything else of this package, and many commands need no network.
  const { Agent, EnvHttpProxyAgent } = await import('undici');
  const options = {
    // Content goes in bulk over a few connections; HTTP/2 in one process multiplexes them over one and is slower for that.
    allowH2: false,
    connections: 64,
    connectTimeout: timeouts.connectMs ?? 15_000,
    connect: {
      timeout: timeouts.connectMs ?? 15_000,
      ...(tls.ca === undefined ? {} : { ca: await authorities(tls.ca) }),
      ...(tls.certificate === undefined ? {} : { cert: tls.certificate }),
      ...(tls.key === undefined ? {} : { key: tls.key }),
      ...(tls.verify === false ? { rejectUnauthorized: false } : {}),
    },
  };
  const proxied = ['http_proxy', 'https_proxy', 'HTTP_PROXY', 'HTTPS_PROXY'].some((name) => process.env[name]);
  return direct || !proxied ? new Agent(options) : new EnvHttpProxyAgent(options);
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

/**
 * A chunk is ours until we ask for the next. A socket that has taken less than its high-water mark asks for more while it still
 * holds the chunk, so small ones are copied; after a large one it waits until everything was written.
 */
async function* own(bytes: Bytes): AsyncGenerator<Uint8Array, void, undefined> {
  const waits = getDefaultHighWaterMark(false);
  for await (const chunk of bytes) yield chunk.byteLength < waits ? Buffer.from(chunk) : chunk;
}

async function* read(body: Bytes, signal: AbortSignal | undefined): AsyncGenerator<Uint8Array, void, undefined> {
  try {
    yield* body;
  } catch (error) {
    if (signal?.aborted) throw interrupted(signal);
    throw error;
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
  'UND_ERR_SOCKET',
  'UND_ERR_HEADERS_TIMEOUT',
  'UND_ERR_BODY_TIMEOUT',
]);
