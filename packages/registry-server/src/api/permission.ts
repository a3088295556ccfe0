import type { FastifyRequest } from 'fastify';
import type { Action } from '../access/identity.ts';
import type { Registry } from '../exchange.ts';
import { refusalOf } from './problem.ts';

/** Throws the refusal that the distribution protocol would give for the same: 401 with its challenge, or 403. */
export function requirePermission(
  registry: Registry,
  request: FastifyRequest,
  action: Action,
  repository: string,
): void {
  if (registry.access.may(request.identity, action, repository)) return;
  throw refusalOf(registry.access.refuse(request.identity, { action, repository }, request.raw));
}

/** A name that only a grant on all repositories covers: it has more components than any pattern without `**` would be written for. */
const everyRepository = Array(32).fill('x').join('/');

/** For what concerns the registry as a whole: whoever administers all repositories. */
export function requireAdministrator(registry: Registry, request: FastifyRequest): void {
  if (isAdministrator(registry, request)) return;
  throw refusalOf(registry.access.refuse(request.identity, { action: 'admin' }, request.raw));
}

export function isAdministrator(registry: Registry, request: FastifyRequest): boolean {
  return registry.access.may(request.identity, 'admin', everyRepository);
}
