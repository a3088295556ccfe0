import { listDeprecations, listQuarantine } from '@lading/catalog';
import { isDigest, isTag } from '@lading/oci';
import { Type } from 'typebox';
import { identityText } from '../access/identity.ts';
import type { EventKind } from '../events/events.ts';
import type { Registry } from '../exchange.ts';
import { apiActor } from './actor.ts';
import type { Api } from './api-instance.ts';
import { defined } from './defined.ts';
import { listOf } from './page.ts';
import { requireAdministrator, requirePermission } from './permission.ts';
import { Refusal } from './problem.ts';

const Time = Type.String({ format: 'date-time' });
const Digest = Type.String({ examples: [`sha256:${'0'.repeat(64)}`] });
const Done = { 204: Type.Null() };

const Quarantine = Type.Object({ digest: Digest, reason: Type.String(), at: Time, by: Type.Optional(Type.String()) });

const Deprecation = Type.Object({
  repository: Type.String({ examples: ['team/app'] }),
  reference: Type.Optional(Type.String({ description: 'A tag or digest; the whole repository without one' })),
  after: Type.String({ format: 'date-time', description: 'Pulls are warned before, and refused from then on' }),
  message: Type.String(),
  at: Time,
  by: Type.Optional(Type.String()),
});

/** What pulls are refused, at once or after a time. */
export function cautionRoutes(api: Api, registry: Registry): void {
  const { catalog, policy, events } = registry;
  const about = (operationId: string, summary: string) => ({ operationId, summary, tags: ['cautions'] });
  const tell = (kind: EventKind, actor: string, what: { repository: string; digest?: string }, detail = {}): void =>
    events.emit({ kind, actor, ...what, at: new Date(), detail });

  api.get(
    '/quarantine',
    {
      schema: {
        ...about('listQuarantine', 'Content in quarantine, latest first'),
        response: { 200: listOf(Quarantine) },
      },
    },
    async (request) => {
      requireAdministrator(registry, request);
      const records = await listQuarantine(catalog.database);
      return { items: records.map((record) => defined({ ...record, at: record.at.toISOString() })) };
    },
  );

  api.put(
    '/quarantine/:digest',
    {
      schema: {
        ...about(
          'quarantine',
          'Refuse pulls of content, and of every image that contains it, in all replicas within a second',
        ),
        params: Type.Object({ digest: Digest }),
        body: Type.Object({ reason: Type.String({ minLength: 1, maxLength: 1000 }) }, { additionalProperties: false }),
        response: Done,
      },
    },
    async (request, reply) => {
      requireAdministrator(registry, request);
      const digest = digestIn(request.params.digest);
      const { reason } = request.body;
      await catalog.ledger.write(apiActor(registry, request), (page) =>
        page.enter({ kind: 'content.quarantined', digest, reason }),
      );
      await policy.refresh();
      tell('quarantine', identityText(request.identity), { repository: '', digest }, { reason });
      return reply.code(204).send(null);
    },
  );

  api.delete(
    '/quarantine/:digest',
    {
      schema: {
        ...about('release', 'Let content be pulled again'),
        params: Type.Object({ digest: Digest }),
        response: Done,
      },
    },
    async (request, reply) => {
      requireAdministrator(registry, request);
      const digest = digestIn(request.params.digest);
      const known = await listQuarantine(catalog.database);
      if (!known.some((record) => record.digest === digest)) {
        throw new Refusal(404, 'BLOB_NOT_FOUND', `${digest} is not in quarantine`);
      }
      await catalog.ledger.write(apiActor(registry, request), (page) =>
        page.enter({ kind: 'content.released', digest }),
      );
      await policy.refresh();
      tell('release', identityText(request.identity), { repository: '', digest });
      return reply.code(204).send(null);
    },
  );

  api.get(
    '/deprecations',
    {
      schema: {
        ...about('listDeprecations', 'What is deprecated, of what the caller may pull'),
        response: { 200: listOf(Deprecation) },
      },
    },
    async (request) => {
      const records = await listDeprecations(catalog.database);
      const visible = records.filter(({ repository }) => registry.access.may(request.identity, 'pull', repository));
      return {
        items: visible.map((record) =>
          defined({ ...record, after: record.after.toISOString(), at: record.at.toISOString() }),
        ),
      };
    },
  );

  api.put(
    '/deprecations',
    {
      schema: {
        ...about('deprecate', 'Warn of pulls until a time, and refuse them from then on'),
        body: Type.Object(
          {
            repository: Type.String(),
            reference: Type.Optional(Type.String()),
            after: Time,
            message: Type.Optional(Type.String({ maxLength: 500 })),
          },
          { additionalProperties: false },
        ),
        response: Done,
      },
    },
    async (request, reply) => {
      const { repository, reference, after, message = '' } = request.body;
      requirePermission(registry, request, 'admin', repository);
      assertReference(reference);
      const time = timeIn(after);
      await catalog.ledger.write(apiActor(registry, request), (page) =>
        page.enter({ kind: 'deprecation.set', repository, reference, after: time, message }),
      );
      await policy.refresh();
      tell('deprecate', identityText(request.identity), { repository }, { reference, after: time, message });
      return reply.code(204).send(null);
    },
  );

  api.delete(
    '/deprecations',
    {
      schema: {
        ...about('liftDeprecation', 'Take a deprecation back'),
        querystring: Type.Object({ repository: Type.String(), reference: Type.Optional(Type.String()) }),
        response: Done,
      },
    },
    async (request, reply) => {
      const { repository, reference } = request.query;
      requirePermission(registry, request, 'admin', repository);
      const known = await listDeprecations(catalog.database);
      if (!known.some((record) => record.repository === repository && record.reference === reference)) {
        throw new Refusal(404, 'REFERENCE_NOT_FOUND', `${repository} ${reference ?? ''} is not deprecated`);
      }
      await catalog.ledger.write(apiActor(registry, request), (page) =>
        page.enter({ kind: 'deprecation.lifted', repository, reference }),
      );
      await policy.refresh();
      return reply.code(204).send(null);
    },
  );
}

function digestIn(text: string) {
  if (isDigest(text)) return text;
  throw new Refusal(400, 'DIGEST_INVALID', `"${text}" is not a digest`);
}

/** A leap second follows the schema, and is nothing that Date knows. */
function timeIn(text: string): string {
  const time = new Date(text);
  if (!Number.isNaN(time.getTime())) return time.toISOString();
  throw new Refusal(400, 'USAGE', `"${text}" is not a time`);
}

function assertReference(reference: string | undefined): void {
  if (reference === undefined || isTag(reference) || isDigest(reference)) return;
  throw new Refusal(400, 'USAGE', `"${reference}" is neither a tag nor a digest`);
}
