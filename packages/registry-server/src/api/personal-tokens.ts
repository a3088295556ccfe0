import { createPersonalTokens } from '@lading/catalog';
import { Type } from 'typebox';
import type { Registry } from '../exchange.ts';
import { apiActor } from './actor.ts';
import type { Api } from './api-instance.ts';
import { requireAdministrator } from './permission.ts';
import { Refusal } from './problem.ts';

const Token = Type.Object(
  {
    id: Type.String(),
    owner: Type.String({ examples: ['ann@example.org'] }),
    groups: Type.Array(Type.String(), { description: 'Of the owner, at the moment of signing in' }),
    createdAt: Type.String({ format: 'date-time' }),
    expiresAt: Type.String({ format: 'date-time' }),
  },
  { description: 'What someone who signed in with the browser uses instead of a password' },
);

export function personalTokenRoutes(api: Api, registry: Registry): void {
  const tokens = createPersonalTokens(registry.catalog);

  api.get(
    '/personal-tokens',
    {
      schema: {
        operationId: 'listPersonalTokens',
        summary: "Personal tokens: the caller's own, or for administrators anybody's",
        tags: ['personal tokens'],
        querystring: Type.Object({ owner: Type.Optional(Type.String()) }),
        response: { 200: Type.Object({ items: Type.Array(Token) }) },
      },
    },
    async (request) => {
      const { identity } = request;
      const owner = request.query.owner ?? identity.name;
      if (identity.kind !== 'person' || owner !== identity.name) requireAdministrator(registry, request);
      const items = (await tokens.list(owner)).map(({ id, groups, createdAt, expiresAt }) => ({
        id,
        owner,
        groups: [...groups],
        createdAt: createdAt.toISOString(),
        expiresAt: expiresAt.toISOString(),
      }));
      return { items };
    },
  );

  api.delete(
    '/personal-tokens/:id',
    {
      schema: {
        operationId: 'revokePersonalToken',
        summary: 'Revoke a personal token: within a second, on every replica',
        tags: ['personal tokens'],
        params: Type.Object({ id: Type.String({ pattern: '^[0-9a-f]{18}$' }) }),
        response: { 204: Type.Null() },
      },
    },
    async (request, reply) => {
      const { identity } = request;
      const found = await tokens.find(request.params.id);
      // Whose a token is, is nobody's business who may not revoke it.
      const own = identity.kind === 'person' && found?.token.owner === identity.name;
      if (!own) requireAdministrator(registry, request);
      if (!(await tokens.revoke(request.params.id, apiActor(registry, request)))) {
        throw new Refusal(404, 'TOKEN_UNKNOWN', 'There is no such personal token');
      }
      return reply.code(204).send(null);
    },
  );
}
