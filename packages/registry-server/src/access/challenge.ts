import type { IncomingMessage } from 'node:http';
import { type Answer, problem } from '../answer.ts';
import { parseRoute } from '../route.ts';
import { needOf } from './need.ts';
import { type OriginOptions, originOf } from './origin.ts';
import { apiScope, catalogScope, scopeFor } from './tokens/scope.ts';

export const tokenPath = '/auth/token';

export interface ChallengeOptions extends OriginOptions {
  /** The registry's name, by which tokens are meant for it; else the host that the client sees. */
  readonly service: string;
}

/**
 * 401 as clients expect it: a Bearer challenge with realm, service and scope, in this order and quoted (distribution's token
 * specification §"requesting a token", RFC 6750 §3). One challenge only: several clients do not read a second one.
 */
export function challenge(
  request: IncomingMessage,
  options: ChallengeOptions,
  refused: {
    readonly scope?: string | undefined;
    readonly error?: 'invalid_token' | 'insufficient_scope' | undefined;
    readonly message: string;
  },
): Answer {
  const { scope, error, message } = refused;
  const parts = [`realm="${originOf(request, options)}${tokenPath}"`, `service="${options.service}"`];
  if (scope !== undefined) parts.push(`scope="${scope}"`);
  if (error !== undefined) parts.push(`error="${error}"`);
  return problem(401, 'UNAUTHORIZED', message, {
    ...(scope === undefined ? {} : { detail: { scope } }),
    headers: { 'WWW-Authenticate': `Bearer ${parts.join(',')}` },
  });
}

/** What a token needs for a request, read from its path alone. Undefined where any will do. */
export function scopeOfRequest({ url = '', method = 'GET' }: IncomingMessage): string | undefined {
  const [path = ''] = url.split('?', 1);
  if (path.startsWith('/api/')) return apiScope;
  if (path === '/v2/_catalog') return catalogScope;
  const need = needOf(parseRoute(path), method);
  return need === undefined ? undefined : scopeFor(need);
}
