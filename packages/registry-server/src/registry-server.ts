import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Catalog } from '@lading/catalog';
import { LadingError, messageOf } from '@lading/errors';
import type { ContentStore } from '@lading/store';
import { type Access, openAccess } from './access/access.ts';
import type { Answer } from './answer.ts';
import type { createApi } from './api/api.ts';
import { answerTo } from './errors.ts';
import { createEvents, type Events } from './events/events.ts';
import type { Registry } from './exchange.ts';
import { handle } from './handle.ts';
import { createManifestCache } from './internal/manifest-cache.ts';
import { createUploads } from './internal/uploads.ts';
import { noPolicy, type Policy } from './policy/policy.ts';

export interface RegistryServerOptions {
  /** Where blobs and manifests lie. It stays the caller's. */
  readonly content: ContentStore;
  /** What the repositories are. It stays the caller's. */
  readonly catalog: Catalog;
  /** Who may do what: everyone everything, unless given. */
  readonly access?: Access;
  /** What may happen in which repository: everything, unless given. */
  readonly policy?: Policy;
  /** Where what happens is told: somewhere of its own, unless given. */
  readonly events?: Events;
  /** Told of every request after its answer; must not throw. */
  readonly onRequest?: (entry: AccessEntry) => void;
  /** A connection that moves no byte for so long is closed: 120 s. */
  readonly idleTimeoutMs?: number;
}

/** One line of an access log. */
export interface AccessEntry {
  readonly method: string;
  /** Path without the query, which may hold a token. */
  readonly path: string;
  readonly status: number;
  readonly durationMs: number;
  readonly client: string;
  /** Set when the registry itself failed (5xx) or the client went away. */
  readonly error?: string;
}

export interface RegistryServer {
  /** Binds and serves. `port` 0 takes a free one. Throws SERVER_LISTEN. */
  listen(address: {
    readonly host: string;
    readonly port: number;
  }): Promise<{ readonly host: string; readonly port: number }>;
  /** Stops accepting, lets running requests end for `graceMs` (5 s), then closes what is left. */
  close(graceMs?: number): Promise<void>;
}

/** The distribution protocol (distribution-spec 1.1) over a content store and a catalog. */
export function createRegistryServer(options: RegistryServerOptions): RegistryServer {
  const registry: Registry = {
    content: options.content,
    catalog: options.catalog,
    uploads: createUploads(options.content),
    manifests: createManifestCache(),
    access: options.access ?? openAccess,
    events: options.events ?? createEvents(),
    policy: options.policy ?? noPolicy,
  };
  // Most processes are never asked to manage anything, and the framework takes a while to load.
  let api: ReturnType<typeof createApi> | undefined;
  const manage = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    api ??= import('./api/api.ts').then((module) => module.createApi(registry));
    (await api)(request, response);
  };
  const server = createServer(
    { requestTimeout: 0, headersTimeout: 30_000, keepAliveTimeout: 75_000 },
    (request, response) => {
      const served = request.url?.startsWith('/api/v1/')
        ? manage(request, response)
        : serve(registry, request, response, options.onRequest);
      served.catch(() => response.destroy());
    },
  );
  server.setTimeout(options.idleTimeoutMs ?? 120_000);
  return { listen: (address) => listen(server, address), close: (graceMs) => close(server, graceMs ?? 5000) };
}

async function serve(
  registry: Registry,
  request: IncomingMessage,
  response: ServerResponse,
  onRequest: RegistryServerOptions['onRequest'],
): Promise<void> {
  const started = performance.now();
  const gone = new AbortController();
  response.once('close', () => gone.abort());
  const url = request.url ?? '/';
  const mark = url.indexOf('?');
  const path = mark < 0 ? url : url.slice(0, mark);
  const method = request.method ?? 'GET';
  const incoming = {
    method,
    request,
    signal: gone.signal,
    query: new URLSearchParams(mark < 0 ? '' : url.slice(mark + 1)),
  };

  let failure: unknown;
  let answer: Answer;
  try {
    answer = await handle(registry, path, incoming);
  } catch (error) {
    failure = error;
    answer = answerTo(error);
  }
  try {
    await send(response, answer, method, gone.signal);
  } catch (error) {
    failure ??= error;
    response.destroy();
  }
  if (onRequest === undefined) return;
  const broken = failure !== undefined && (answer.status >= 500 || response.destroyed);
  onRequest({
    method,
    path,
    status: answer.status,
    durationMs: performance.now() - started,
    client: request.socket.remoteAddress ?? '',
    ...(broken ? { error: messageOf(failure) } : {}),
  });
}

async function send(response: ServerResponse, answer: Answer, method: string, signal: AbortSignal): Promise<void> {
  response.writeHead(answer.status, { 'Docker-Distribution-API-Version': 'registry/2.0', ...answer.headers });
  if (answer.body === undefined || method === 'HEAD') response.end();
  else if (answer.body instanceof Uint8Array) response.end(answer.body);
  else await answer.body(response, signal);
}

function listen(server: Server, address: { host: string; port: number }): Promise<{ host: string; port: number }> {
  return new Promise((resolve, reject) => {
    const failed = (error: NodeJS.ErrnoException): void => {
      const taken = error.code === 'EADDRINUSE';
      reject(
        new LadingError(
          'SERVER_LISTEN',
          `Cannot listen on ${address.host}:${address.port}: ${taken ? 'the port is in use' : error.message}`,
          {
            hint: taken
              ? 'Choose another port, or 0 for any free one.'
              : 'Check the address and your permission to bind it.',
            cause: error,
          },
        ),
      );
    };
    server.once('error', failed);
    server.listen(address.port, address.host, () => {
      server.removeListener('error', failed);
      const bound = server.address() as AddressInfo;
      resolve({ host: bound.address, port: bound.port });
    });
  });
}

async function close(server: Server, graceMs: number): Promise<void> {
  if (!server.listening) return;
  const closed = new Promise<void>((resolve) => server.close(() => resolve()));
  server.closeIdleConnections();
  const timer = setTimeout(() => server.closeAllConnections(), graceMs);
  await closed;
  clearTimeout(timer);
}
