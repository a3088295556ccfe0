import { isRepositoryName } from '@lading/oci';
import type { FastifyRequest } from 'fastify';
import { isAdministrator } from '../access/administrator.ts';
import type { Action } from '../access/identity.ts';
import type { Registry } from '../exchange.ts';
import { Refusal, refusalOf } from './problem.ts';

/** `repository` is as it was given. Throws the refusal that the distribution protocol would give for the same: 401 with its challenge, or 403. */
export function requirePermission(
  registry: Registry,
  request: FastifyRequest,
  action: Action,
  repository: string,
): void {
  // What is refused names it, also in a header.
  if (!isRepositoryName(repository)) {
    throw new Refusal(400, 'NAME_INVALID', `${JSON.stringify(repository)} is not a repository name`);
  }
  if (registry.access.may(request.identity, action, repository)) return;
  throw refusalOf(registry.access.refuse(request.identity, { action, repository }, request.raw));
}

/** For what concerns the registry as a whole: whoever administers all repositories. */
export function requireAdministrator(registry: Registry, request: FastifyRequest): void {
  if (isAdministrator(registry.access, request.identity)) return;
  throw refusalOf(registry.access.refuse(request.identity, { action: 'admin' }, request.raw));
}
