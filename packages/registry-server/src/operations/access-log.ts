import { messageOf } from '@lading/errors';
import { identityText } from '../access/identity.ts';
import { addressOf, type OriginOptions } from '../access/origin.ts';
import { digestOf, repositoryOf, type ServedRequest } from './served-request.ts';

/** One line of an access log. What is not known is left out. */
export interface AccessEntry {
  readonly method: string;
  /** Path without the query, which may hold a token. */
  readonly path: string;
  /** What kind of thing was asked for: `manifest`, `blob`, `upload`, `tags`, … */
  readonly route: string;
  readonly repository?: string;
  readonly digest?: string;
  readonly status: number;
  /** Of the answer's body, as far as it was sent. */
  readonly bytes: number;
  readonly durationMs: number;
  readonly identity?: string;
  /** Its address, behind proxies that are trusted. */
  readonly client: string;
  /** How the client names itself. */
  readonly agent?: string;
  readonly requestId: string;
  /** Of the trace that the request belongs to (W3C Trace Context). */
  readonly traceId?: string;
  /** What the registry itself failed with, or that the client went away. */
  readonly error?: string;
}

export function accessEntry(served: ServedRequest, requestId: string, origin: OriginOptions): AccessEntry {
  const { incoming, path, routeKind, answer, outcome, bytes, durationMs, error, traceId } = served;
  const { request, identity } = incoming;
  const repository = repositoryOf(served);
  const digest = digestOf(served);
  const agent = request.headers['user-agent'];
  const left = outcome === 'abandoned' ? 'the client went away' : undefined;
  const reason = error === undefined ? left : messageOf(error);
  return {
    method: incoming.method,
    path,
    route: routeKind,
    ...(repository === undefined ? {} : { repository }),
    ...(digest === undefined ? {} : { digest }),
    status: answer.status,
    bytes,
    durationMs: Math.round(durationMs * 1000) / 1000,
    ...(identity === undefined ? {} : { identity: identityText(identity) }),
    client: addressOf(request, origin),
    ...(agent === undefined ? {} : { agent: agent.slice(0, 300) }),
    requestId,
    ...(traceId === undefined ? {} : { traceId }),
    ...(reason === undefined ? {} : { error: reason }),
  };
}
