import { createReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import type { Agent, IncomingMessage } from 'node:http';
import { fileURLToPath } from 'node:url';
import type { Bytes } from '@lading/bytes';
import { interrupted, type LadingError, messageOf, throwIfAborted } from '@lading/errors';

export interface HttpResponse {
  readonly status: number;
  readonly header: (name: string) => string | undefined;
  /** Iterate it to its end or return early; until then a connection is held. */
  readonly body: Bytes;
}

export interface HttpOptions {
  readonly headers?: Readonly<Record<string, string>>;
  readonly signal?: AbortSignal | undefined;
  /** Without a byte for so long, the attempt has failed. */
  readonly idleTimeoutMs?: number | undefined;
}

type Protocol = 'http' | 'https';

const agentOptions = { keepAlive: true, maxSockets: 32, proxyEnv: process.env };

function moduleOf(protocol: Protocol): typeof import('node:http') | typeof import('node:https') {
  // Not by import(): that also loads a client for fetch and WebSocket which nobody asked for.
  return protocol === 'https' ? process.getBuiltinModule('node:https') : process.getBuiltinModule('node:http');
}

const MAX_REDIRECTS = 5;
const IDLE_TIMEOUT_MS = 30_000;

/** Makes the error for what did not arrive; `transient` when the same again may succeed. */
export type Unreachable = (url: string, fault: string, transient: boolean, cause?: unknown) => LadingError;

/** Connections for one batch of downloads. Proxies are taken from `http_proxy`, `https_proxy` and `no_proxy`. */
export class HttpClient {
  readonly #unreachable: Unreachable;
  readonly #agents = new Map<Protocol, Agent>();

  constructor(unreachable: Unreachable) {
    this.#unreachable = unreachable;
  }

  /** Follows redirects. Status codes are data; throws what `unreachable` makes when there is no answer, INTERRUPTED. */
  async get(url: string, options: HttpOptions = {}): Promise<HttpResponse> {
    let at = url;
    for (let hop = 0; ; hop++) {
      const response = at.startsWith('file:') ? await getFile(at) : await this.#request(at, options);
      const location = response.header('location');
      if (response.status < 300 || response.status > 308 || response.status === 304 || location === undefined)
        return response;
      // Not read to its end: it could have none.
      for await (const _ of response.body) break;
      const next = URL.parse(location, at);
      if (hop >= MAX_REDIRECTS || next === null || !/^https?:$/.test(next.protocol)) {
        throw this.#unreachable(
          url,
          `it redirects ${hop >= MAX_REDIRECTS ? 'too often' : 'to where it cannot be followed'}`,
          false,
        );
      }
      at = next.href;
    }
  }

  close(): void {
    for (const agent of this.#agents.values()) agent.destroy();
  }

  /** Made when they are needed: most builds fetch nothing, and importing `node:http` takes longer than many a build. */
  #agent(protocol: Protocol): Agent {
    const agent = this.#agents.get(protocol) ?? new (moduleOf(protocol).Agent)(agentOptions);
    this.#agents.set(protocol, agent);
    return agent;
  }

  #request(url: string, options: HttpOptions): Promise<HttpResponse> {
    throwIfAborted(options.signal);
    const { signal } = options;
    const target = new URL(url);
    const credentials =
      target.username === ''
        ? undefined
        : `${decodeURIComponent(target.username)}:${decodeURIComponent(target.password)}`;
    target.username = '';
    target.password = '';
    const protocol = target.protocol === 'https:' ? 'https' : 'http';
    const idleTimeoutMs = options.idleTimeoutMs ?? IDLE_TIMEOUT_MS;
    return new Promise((resolve, reject) => {
      const request = moduleOf(protocol).get(
        target,
        {
          agent: this.#agent(protocol),
          headers: { 'user-agent': 'lading', ...options.headers },
          ...(credentials === undefined ? {} : { auth: credentials }),
          ...(signal === undefined ? {} : { signal }),
        },
        (message) => {
          resolve({
            status: message.statusCode ?? 0,
            header: (name) => {
              const value = message.headers[name];
              return typeof value === 'string' ? value : undefined;
            },
            body: this.#bodyOf(message, url, signal),
          });
        },
      );
      request.setTimeout(idleTimeoutMs, () => {
        request.destroy(new Error(`nothing was heard for ${Math.round(idleTimeoutMs / 1000)} s`));
      });
      request.on('error', (error) => {
        reject(signal?.aborted ? interrupted(signal) : this.#unreachable(url, reasonOf(error), true, error));
      });
    });
  }

  async *#bodyOf(message: IncomingMessage, url: string, signal: AbortSignal | undefined): AsyncGenerator<Uint8Array> {
    try {
      for await (const chunk of message) yield chunk as Uint8Array; // no encoding is set: chunks are buffers
    } catch (error) {
      throw signal?.aborted
        ? interrupted(signal)
        : this.#unreachable(url, `the connection broke off: ${reasonOf(error)}`, true, error);
    } finally {
      message.destroy();
    }
  }
}

async function getFile(url: string): Promise<HttpResponse> {
  const path = fileURLToPath(url);
  const present = await stat(path).then(
    (info) => info.isFile(),
    () => false,
  );
  return {
    status: present ? 200 : 404,
    header: () => undefined,
    body: present ? createReadStream(path, { highWaterMark: 1 << 18 }) : empty(),
  };
}

async function* empty(): AsyncGenerator<Uint8Array> {}

function reasonOf(error: unknown): string {
  const code = error instanceof Error && 'code' in error ? String(error.code) : '';
  const reasons: Readonly<Record<string, string>> = {
    ECONNREFUSED: 'the connection was refused',
    ECONNRESET: 'the connection was reset',
    ENOTFOUND: 'its host name does not resolve',
    EAI_AGAIN: 'its host name does not resolve at the moment',
    ETIMEDOUT: 'it did not answer in time',
  };
  return reasons[code] ?? messageOf(error);
}
