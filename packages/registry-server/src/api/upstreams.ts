import { Type } from 'typebox';
import type { Registry } from '../exchange.ts';
import type { Api } from './api-instance.ts';
import { defined } from './defined.ts';
import { listOf } from './page.ts';
import { requireAdministrator } from './permission.ts';

const Upstream = Type.Object(
  {
    prefix: Type.String({ examples: ['hub'] }),
    registry: Type.String({ examples: ['docker.io'] }),
    condition: Type.Union([Type.Literal('good'), Type.Literal('limited'), Type.Literal('failing')], {
      description: '`limited`: it asked to slow down. `failing`: it did not answer, or with an error',
    }),
    until: Type.Optional(Type.String({ format: 'date-time', description: 'Until when what is cached is served' })),
    error: Type.Optional(Type.Object({ message: Type.String(), at: Type.String({ format: 'date-time' }) })),
    limit: Type.Optional(Type.Object({ limit: Type.Integer(), remaining: Type.Integer() })),
    fetches: Type.Integer({ description: 'Blobs that come in right now, in this replica' }),
  },
  { description: 'A registry that repositories here are a cache of' },
);

export function upstreamRoutes(api: Api, registry: Registry): void {
  api.get(
    '/upstreams',
    {
      schema: {
        operationId: 'listUpstreams',
        summary: 'Upstreams, and how they are as this replica sees them',
        tags: ['upstreams'],
        response: { 200: listOf(Upstream) },
      },
    },
    async (request) => {
      requireAdministrator(registry, request);
      const items = (registry.upstreams?.states() ?? []).map(({ until, error, limit, ...state }) =>
        defined({
          ...state,
          until: until?.toISOString(),
          error: error && { message: error.message, at: error.at.toISOString() },
          limit: limit && { limit: limit.limit, remaining: limit.remaining },
        }),
      );
      return { items };
    },
  );
}
