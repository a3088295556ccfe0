import type { FastifyRequest } from 'fastify';
import { isAdministrator } from '../access/administrator.ts';
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

/** For what concerns the registry as a whole: whoever administers all repositories. */
export function requireAdministrator(registry: Registry, request: FastifyRequest): void {
  if (isAdministrator(registry.access, request.identity)) return;
  throw refusalOf(registry.access.refuse(request.identity, { action: 'admin' }, request.raw));
}
