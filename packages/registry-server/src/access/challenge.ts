import type { IncomingMessage } from 'node:http';
import { type Answer, problem } from '../answer.ts';
import { parseRoute } from '../route.ts';
import type { Need } from './access.ts';
import { needOf } from './need.ts';
import { type OriginOptions, originOf } from './origin.ts';
import { scopeFor } from './tokens/scope.ts';

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
  {
    need,
    error,
    message,
  }: { need?: Need | undefined; error?: 'invalid_token' | 'insufficient_scope' | undefined; message: string },
): Answer {
  const parts = [`realm="${originOf(request, options)}${tokenPath}"`, `service="${options.service}"`];
  const scope = need?.repository === undefined ? undefined : scopeFor(need.action, need.repository);
  if (scope !== undefined) parts.push(`scope="${scope}"`);
  if (error !== undefined) parts.push(`error="${error}"`);
  const detail =
    need?.repository === undefined ? undefined : [{ Type: 'repository', Name: need.repository, Action: need.action }];
  return problem(401, 'UNAUTHORIZED', message, {
    ...(detail === undefined ? {} : { detail }),
    headers: { 'WWW-Authenticate': `Bearer ${parts.join(',')}` },
  });
}

/** What a request needs, read from its path alone. */
export function needOfRequest(request: IncomingMessage): Need | undefined {
  const [path = ''] = (request.url ?? '').split('?', 1);
  return needOf(parseRoute(path), request.method ?? 'GET');
}
