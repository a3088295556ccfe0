import { isDigest } from '@lading/oci';
import type { Answer } from '../answer.ts';
import type { Incoming } from '../exchange.ts';
import type { PullOutcome } from './pull-sessions.ts';

/** A request with what became of it, for metrics, log and traces. */
export interface ServedRequest {
  readonly incoming: Incoming;
  /** Without the query, which may hold a token. */
  readonly path: string;
  /** Bounded: the kinds of routes, `api`, `operations`. */
  readonly routeKind: string;
  readonly answer: Pick<Answer, 'status' | 'headers'>;
  /** `failure` is the registry's own (5xx, or an answer that broke off); refusals are no failures. */
  readonly outcome: PullOutcome;
  /** Of the answer's body, as far as it was sent. */
  readonly bytes: number;
  readonly durationMs: number;
  readonly error?: unknown;
  readonly traceId?: string | undefined;
}

export function repositoryOf({ incoming: { route } }: ServedRequest): string | undefined {
  return route !== undefined && 'name' in route && route.kind !== 'bad-name' ? route.name : undefined;
}

/** The content that it was about: what the answer says, else what was asked for. */
export function digestOf({ incoming: { route }, answer }: ServedRequest): string | undefined {
  const told = answer.headers?.['Docker-Content-Digest'];
  if (typeof told === 'string') return told;
  const asked =
    route?.kind === 'manifest'
      ? route.reference
      : route?.kind === 'blob' || route?.kind === 'referrers'
        ? route.digest
        : '';
  return asked !== undefined && isDigest(asked) ? asked : undefined;
}
