import { type Bytes, collect } from '@lading/bytes';
import { interrupted, isLadingError, LadingError } from '@lading/errors';
import { parseChallenges } from './challenge.ts';
import { type BaseOptions, findBase } from './find-base.ts';
import { Gate } from './gate.ts';
import { headerOf } from './http/response-head.ts';
import { type RateLimit, rateLimitOf } from './rate-limit.ts';
import { type Asked, nameOf, problemsOf, responseError, unreachable } from './response-error.ts';
import { isTransientStatus, parseRetryAfter, type RetryPolicy, retrying, TransientFailure } from './retry.ts';
import type { Scope } from './scope.ts';
import { SharedWork } from './shared-work.ts';
import { isConnectionLoss, isConnectionRefusal, type TransportRequest, type TransportResponse } from './transport.ts';

export interface ConnectionOptions extends BaseOptions {
  /** Told of what the registry says of its limits, with each answer that says it. */
  readonly onRateLimit?: ((limit: RateLimit) => void) | undefined;
}

/** One call of the distribution protocol. */
export interface Call {
  readonly method: TransportRequest['method'];
  /** A path on the registry (`/v2/…`), or a URL that the registry gave. */
  readonly path: string | URL;
  /** In the infinitive, for messages: `push blob sha256:…`. */
  readonly action: string;
  readonly repository?: string | undefined;
  readonly scopes: readonly Scope[];
  /** Statuses that are an answer; all others are thrown as errors. */
  readonly expect: readonly number[];
  readonly headers?: Readonly<Record<string, string>>;
  /** Content that cannot be sent twice (Bytes) makes the call final: it is neither repeated nor answered to a challenge. */
  readonly body?: Uint8Array | Bytes | undefined;
  /** How long a body of Bytes is, where that is known. */
  readonly bodyBytes?: number | undefined;
  readonly signal?: AbortSignal | undefined;
  /** `false` throws TransientFailure instead of repeating the call: it is one step of several that `repeat()` repeats together. */
  readonly repeat?: false;
}

/** An answer of which only the head has been read. Its `body` must be iterated or `discard()` be called. */
export interface Answer {
  readonly status: number;
  readonly url: URL;
  header(name: string): string | undefined;
  readonly body: Bytes;
  discard(): Promise<void>;
}

/** An answer that was read whole. */
export interface WholeAnswer {
  readonly status: number;
  readonly url: URL;
  header(name: string): string | undefined;
  readonly body: Buffer;
}

/**
 * Calls to one registry: finds out whether it speaks https or http, authenticates, repeats what may be repeated, and turns refusals into
 * errors that name registry, repository and action.
 */
export class Connection {
  readonly registry: string;
  readonly #options: ConnectionOptions;
  readonly #gate = new Gate();
  readonly #finding = new SharedWork<URL>();
  #base: URL | undefined;
  /** The registry was there once: when it no longer is, it may come back. */
  #answered = false;
  /** The last stream was refused for its token; refused again with a new one, it is final. */
  #streamRefused = false;

  constructor(options: ConnectionOptions) {
    this.registry = options.registry;
    this.#options = options;
  }

  get retries(): RetryPolicy {
    return this.#options.retries;
  }

  /** Sends; the body of the answer is left to the caller. */
  async send(call: Call): Promise<Answer> {
    return this.#repeating(call, async (response) => ({
      status: response.status,
      url: response.url,
      header: (name) => headerOf(response.headers, name),
      body: this.#reading(response.body, call),
      discard: () => response.discard(),
    }));
  }

  /** Sends and reads the answer whole; an answer that breaks off is asked for again. Throws BYTES_LIMIT beyond `maxBytes`. */
  async fetch(call: Call & { readonly maxBytes: number }): Promise<WholeAnswer> {
    return this.#repeating(call, async (response) => ({
      status: response.status,
      url: response.url,
      header: (name) => headerOf(response.headers, name),
      body: await collect(response.body, { maxBytes: call.maxBytes, what: `the answer of ${this.registry}` }),
    }));
  }

  /** Sends where only the head of the answer matters. */
  async head(call: Call): Promise<Omit<Answer, 'body' | 'discard'>> {
    const answer = await this.send(call);
    await answer.discard();
    return answer;
  }

  /** Where the registry answers: `https://host/`. */
  async base(signal?: AbortSignal | undefined): Promise<URL> {
    this.#base ??= await this.#finding.run('base', signal, (everyone) => findBase(this.#options, everyone));
    return this.#base;
  }

  /**
   * The URL of a `Location` or `Link` header. Registries behind a proxy that ends TLS often name themselves with http: on the same host
   * the scheme that works is kept. OCI distribution-spec 1.1 §pushing-blobs allows relative ones.
   */
  async locate(location: string, from: URL): Promise<URL | undefined> {
    if (!URL.canParse(location, from.href)) return undefined;
    const url = new URL(location, from);
    const base = await this.base();
    if (url.protocol === 'http:' && base.protocol === 'https:' && url.hostname === base.hostname) {
      url.protocol = 'https:';
      url.port = base.port;
    }
    return url.protocol === 'https:' || url.protocol === base.protocol ? url : undefined;
  }

  /** Runs steps again as long as one of them (a call with `repeat: false`) throws TransientFailure and the retry policy allows. */
  repeat<T>(signal: AbortSignal | undefined, steps: () => Promise<T>): Promise<T> {
    return retrying(this.#options.retries, signal, steps);
  }

  #repeating<T>(call: Call, finish: (response: TransportResponse) => Promise<T>): Promise<T> {
    const attempt = () => this.#attempt(call, finish);
    return call.repeat === false || isStream(call.body) ? attempt() : this.repeat(call.signal, attempt);
  }

  async #attempt<T>(call: Call, finish: (response: TransportResponse) => Promise<T>): Promise<T> {
    const { signal } = call;
    const asked = this.#asked(call);
    const transient = (failure: unknown, retryAfterMs?: number | undefined) =>
      isStream(call.body) ? failure : new TransientFailure(failure, retryAfterMs);
    try {
      await this.#gate.pass(signal);
      const response = await this.#authorized(call);
      this.#answered = true;
      if (response.status === 429) this.#slowDown(response);
      const limit = rateLimitOf(response.headers);
      if (limit !== undefined) this.#options.onRateLimit?.(limit);
      if (call.expect.includes(response.status)) return await finish(response);
      const problems = await problemsOf(response);
      const withCredentials = await this.#options.authenticator.hasCredentials(call.repository);
      const failure = responseError(asked, response, problems, withCredentials);
      if (!isTransientStatus(response.status)) throw failure;
      throw transient(failure, retryAfterOf(response));
    } catch (error) {
      if (signal?.aborted) throw interrupted(signal);
      if (isLadingError(error) || error instanceof TransientFailure) throw error;
      const again = isConnectionLoss(error) || (this.#answered && isConnectionRefusal(error));
      const failure = unreachable(asked, error, again);
      throw again ? transient(failure) : failure;
    }
  }

  #slowDown(response: TransportResponse): void {
    const { pauseMs, maxRetryAfterMs } = this.#options.retries;
    this.#gate.close(Math.min(retryAfterOf(response) ?? pauseMs, maxRetryAfterMs));
  }

  async #authorized({
    method,
    path,
    action,
    repository,
    scopes,
    headers,
    body,
    bodyBytes,
    signal,
  }: Call): Promise<TransportResponse> {
    const { transport, authenticator } = this.#options;
    const base = await this.base(signal);
    const url = new URL(path, base);
    const request = { method, url, body, bodyBytes, signal, ...(headers === undefined ? {} : { headers }) };
    // A URL that the registry gave may lie elsewhere, in a storage service: what opens the registry is not shown there.
    const ours = url.origin === base.origin;
    const access = { repository, scopes, lasting: isStream(body), signal };
    const authorization = ours ? await authenticator.authorization(access) : undefined;
    const response = await transport.send({ ...request, authorization });
    if (response.status !== 401 || response.url.origin !== base.origin) {
      if (isStream(body)) this.#streamRefused = false;
      return response;
    }
    const challenges = parseChallenges(response.headers['www-authenticate']);
    const next = await authenticator.answer(challenges, access, authorization, base);
    if (next === undefined || (isStream(body) && this.#streamRefused)) return response;
    await response.discard();
    if (isStream(body)) {
      // What was sent is gone; the new token is there for whoever sends the rest.
      this.#streamRefused = true;
      throw new LadingError(
        'REGISTRY_UNAUTHORIZED',
        `Cannot ${action} at ${nameOf({ registry: this.registry, repository, action })}: the token had expired`,
        { hint: 'Go on from where the transfer stopped: there is a new token.', transient: true },
      );
    }
    return transport.send({ ...request, authorization: next });
  }

  async *#reading(body: Bytes, call: Call): AsyncGenerator<Uint8Array, void, undefined> {
    try {
      yield* body;
    } catch (error) {
      throw isLadingError(error) ? error : unreachable(this.#asked(call), error, isConnectionLoss(error));
    }
  }

  #asked({ repository, action }: Call): Asked {
    return { registry: this.registry, repository, action };
  }
}

function retryAfterOf({ headers }: TransportResponse): number | undefined {
  return parseRetryAfter(headerOf(headers, 'retry-after'));
}

function isStream(body: Call['body']): boolean {
  return body !== undefined && !(body instanceof Uint8Array);
}
