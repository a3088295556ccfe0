import type { AuditFilter } from '@lading/catalog';
import { Type } from 'typebox';
import type { Registry } from '../exchange.ts';
import type { Api } from './api-instance.ts';
import { defined } from './defined.ts';
import { requireAdministrator, requirePermission } from './permission.ts';

const Record = Type.Object({
  sequence: Type.Integer({ description: 'From 1, without gaps' }),
  at: Type.String({ format: 'date-time' }),
  actor: Type.Optional(Type.String({ examples: ['user:ann'] })),
  client: Type.Optional(Type.String({ description: 'The address that the request came from' })),
  agent: Type.Optional(Type.String()),
  kind: Type.String({ examples: ['tag.moved'] }),
  entry: Type.Unsafe<object>({
    type: 'object',
    additionalProperties: true,
    description: 'What happened, as the journal has it',
  }),
});

export function auditRoutes(api: Api, registry: Registry): void {
  api.get(
    '/audit',
    {
      schema: {
        operationId: 'listAudit',
        summary: 'What happened and who did it, latest first; of one repository for who administers that',
        tags: ['audit'],
        querystring: Type.Object({
          repository: Type.Optional(Type.String()),
          actor: Type.Optional(Type.String()),
          kind: Type.Optional(Type.String({ examples: ['tag.moved'] })),
          limit: Type.Optional(Type.Integer({ minimum: 1, maximum: 1000, default: 100 })),
          after: Type.Optional(Type.String({ pattern: '^\\d{1,15}$', description: '`next` of the page before' })),
        }),
        response: { 200: Type.Object({ items: Type.Array(Record), next: Type.Optional(Type.String()) }) },
      },
    },
    async (request) => {
      const { repository, actor, kind, limit = 100, after } = request.query;
      if (repository === undefined) requireAdministrator(registry, request);
      else requirePermission(registry, request, 'admin', repository);
      const records = await registry.catalog.ledger.audit({
        repository,
        actor,
        kind: kind as AuditFilter['kind'], // another one matches nothing
        before: after === undefined ? undefined : Number(after),
        limit: limit + 1,
      });
      const items = records.slice(0, limit).map(({ sequence, at, by, entry }) =>
        defined({
          sequence,
          at,
          actor: by?.name,
          client: by?.client,
          agent: by?.agent,
          kind: entry.kind,
          entry,
        }),
      );
      const last = records.length > limit ? items.at(-1) : undefined;
      return { items, ...(last === undefined ? {} : { next: String(last.sequence) }) };
    },
  );
}
