import { Type } from 'typebox';
import type { Registry } from '../exchange.ts';
import type { Api } from './api-instance.ts';
import { requireAdministrator } from './permission.ts';

export function aboutRoutes(api: Api, registry: Registry): void {
  api.get(
    '/version',
    {
      schema: {
        operationId: 'version',
        summary: 'Which program this is',
        tags: ['about'],
        response: { 200: Type.Object({ name: Type.String(), version: Type.String() }) },
      },
    },
    async () => ({ name: 'lading', version: registry.about.version }),
  );

  api.get(
    '/configuration',
    {
      schema: {
        operationId: 'configuration',
        summary: 'The configuration as it is in use, by sections, without secrets',
        tags: ['about'],
        response: { 200: Type.Unsafe<object>({ type: 'object', additionalProperties: true }) },
      },
    },
    async (request) => {
      requireAdministrator(registry, request);
      return registry.about.configuration() as object;
    },
  );
}
