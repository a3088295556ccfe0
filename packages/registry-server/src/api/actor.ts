import type { Actor } from '@lading/catalog';
import type { FastifyRequest } from 'fastify';
import { identityText } from '../access/identity.ts';
import { addressOf } from '../access/origin.ts';
import type { Registry } from '../exchange.ts';

/** Who is behind a request to the API, as the journal keeps it. */
export function apiActor(registry: Registry, request: FastifyRequest): Actor {
  return {
    name: identityText(request.identity),
    client: addressOf(request.raw, registry.origin),
    agent: request.headers['user-agent']?.slice(0, 200),
  };
}
