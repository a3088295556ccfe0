import type { IncomingMessage, ServerResponse } from 'node:http';
import { finished } from 'node:stream/promises';
import { type OriginOptions, originOf } from './access/origin.ts';
import { type Answer, problem } from './answer.ts';
import type { createApi } from './api/api.ts';
import { ArrivedRequest } from './arrived-request.ts';
import { answerTo } from './errors.ts';
import type { Incoming, Registry } from './exchange.ts';
import { handle } from './handle.ts';
import { endAfterRequest, isArriving } from './internal/end-after-request.ts';
import type { Health } from './operations/health.ts';
import { handleOperations, isOperationsPath } from './operations/operations-routes.ts';
import type { ServedRequest } from './operations/served-request.ts';
import { type Tracing, traceIdOf } from './operations/tracing.ts';

export interface ServiceOptions {
  readonly health: Health;
  readonly tracing: Tracing | undefined;
  /** Metrics are for whoever asks. */
  readonly openMetrics: boolean;
  readonly absoluteLocations: boolean;
  /** What ties the lines of several logs together, where somebody keeps one. */
  readonly requestId: ((request: IncomingMessage) => string) | undefined;
  readonly begun: () => void;
  /** Told of every request after its answer, with its id or ''. */
  readonly ended: (served: ServedRequest, requestId: string) => void;
}

export interface Service {
  serve(request: IncomingMessage, response: ServerResponse): Promise<void>;
  /** The same for a socket that is for health and metrics alone: no permission is asked for. */
  serveOperations(request: IncomingMessage, response: ServerResponse): Promise<void>;
  /** From now on connections close after their next answer. */
  drain(): void;
}

type Outcome = Pick<ServedRequest, 'answer' | 'outcome' | 'bytes' | 'error'>;

/** The way of a request, from its head to its answer and to whoever takes note of it. The one place that writes to connections. */
export function createService(registry: Registry, options: ServiceOptions): Service {
  const { tracing, health, openMetrics, absoluteLocations, requestId } = options;
  let draining = false;
  // Most processes are never asked to manage anything, and the framework takes a while to load.
  let api: ReturnType<typeof createApi> | undefined;
  /** Gives what it failed with, where the API answered that itself. */
  const manage = async (incoming: Incoming, response: ServerResponse): Promise<unknown> => {
    api ??= import('./api/api.ts').then((module) => module.createApi(registry));
    const { serve, failureOf } = await api;
    serve(incoming, response);
    await finished(response);
    return failureOf(incoming);
  };

  const answerFor = (path: string, incoming: Incoming): Promise<Answer> =>
    path.startsWith('/v2/') || !isOperationsPath(path)
      ? handle(registry, path, incoming)
      : handleOperations(path, incoming.request, { registry, health, isOpen: openMetrics });

  return {
    async serve(request, response) {
      const started = performance.now();
      options.begun();
      const incoming = new ArrivedRequest(request, response);
      const { path } = incoming;
      const id = requestId?.(request) ?? '';
      if (draining) response.shouldKeepAlive = false;
      const span = tracing?.begin(request);
      const isManagement = path.startsWith('/api/v1/');
      let outcome: Outcome;
      if (isManagement) {
        if (id !== '') response.setHeader('X-Request-Id', id);
        outcome = await written(incoming, response, manage(incoming, response));
      } else {
        const work = span === undefined ? answerFor(path, incoming) : span.run(() => answerFor(path, incoming));
        outcome = await respond(incoming, response, work, {
          id,
          origin: absoluteLocations ? registry.origin : undefined,
        });
      }
      const served: ServedRequest = {
        incoming,
        path,
        routeKind: isManagement ? 'api' : (incoming.route?.kind ?? 'operations'),
        ...outcome,
        durationMs: performance.now() - started,
        traceId: span?.traceId ?? (requestId === undefined ? undefined : traceIdOf(request)),
      };
      span?.end(served);
      options.ended(served, id);
    },

    async serveOperations(request, response) {
      const incoming = new ArrivedRequest(request, response);
      const { path } = incoming;
      const work = isOperationsPath(path)
        ? handleOperations(path, request, { registry, health, isOpen: true })
        : Promise.resolve(problem(404, 'UNSUPPORTED', `There is nothing at ${path}`));
      await respond(incoming, response, work, {});
    },

    drain() {
      draining = true;
    },
  };
}

interface Sending {
  readonly id?: string;
  /** Locations are made absolute by it. */
  readonly origin?: OriginOptions | undefined;
}

/** Headers that every answer has; made anew for each only where it has an id of its own. */
const commonHeaders = { 'Docker-Distribution-API-Version': 'registry/2.0' };

/** Sends the answer, or that of what the work failed with. */
async function respond(
  incoming: Incoming,
  response: ServerResponse,
  work: Promise<Answer>,
  { id = '', origin }: Sending,
): Promise<Outcome> {
  let error: unknown;
  let answer: Answer;
  try {
    answer = await work;
  } catch (caught) {
    error = caught;
    answer = answerTo(caught);
  }
  if (origin !== undefined) answer = withOrigin(answer, originOf(incoming.request, origin));
  const { method } = incoming;
  const isEarly = typeof answer.body !== 'function' && isArriving(incoming.request);
  // Only what streams can break off half-way; what is in memory is handed over whole.
  const before = typeof answer.body === 'function' ? (response.socket?.bytesWritten ?? 0) : 0;
  try {
    const headers = id === '' ? commonHeaders : { ...commonHeaders, 'X-Request-Id': id };
    response.writeHead(answer.status, { ...headers, ...answer.headers });
    const body = method === 'HEAD' ? undefined : answer.body;
    if (typeof body === 'function') await body(response, incoming.signal);
    else if (isEarly) endAfterRequest(incoming.request, response, body);
    else response.end(body);
  } catch (caught) {
    error ??= caught;
  }
  const left = response.destroyed && !response.writableFinished;
  const whole = (response.writableEnded || isEarly) && !left;
  const length = method === 'HEAD' ? 0 : Number(answer.headers?.['Content-Length'] ?? 0);
  const bytes = whole ? length : Math.min(length, Math.max(0, (response.socket?.bytesWritten ?? 0) - before));
  if (!whole) response.destroy();
  return {
    answer,
    outcome: left ? 'abandoned' : whole && answer.status < 500 ? 'success' : 'failure',
    bytes,
    ...(error === undefined ? {} : { error }),
  };
}

/** Of an answer that somebody else writes. */
async function written(incoming: Incoming, response: ServerResponse, work: Promise<unknown>): Promise<Outcome> {
  const before = response.socket?.bytesWritten ?? 0;
  const { socket } = response;
  let error: unknown;
  let left = false;
  try {
    error = await work;
  } catch (caught) {
    error = caught;
    left = true;
    if (!response.headersSent) return respond(incoming, response, Promise.reject(caught), {});
  }
  const { statusCode: status } = response;
  return {
    answer: { status },
    outcome: left ? 'abandoned' : status < 500 ? 'success' : 'failure',
    bytes: (socket?.bytesWritten ?? before) - before,
    ...(error === undefined ? {} : { error }),
  };
}

/** Locations that begin with a slash are right behind every proxy; some clients want them whole all the same. */
function withOrigin(answer: Answer, origin: string): Answer {
  const { Location: location, Link: link } = answer.headers ?? {};
  const isPath = typeof location === 'string' && location.startsWith('/');
  const isLink = typeof link === 'string' && link.startsWith('</');
  if (!isPath && !isLink) return answer;
  return {
    ...answer,
    headers: {
      ...answer.headers,
      ...(isPath ? { Location: `${origin}${location}` } : {}),
      ...(isLink ? { Link: `<${origin}${link.slice(1)}` } : {}),
    },
  };
}
