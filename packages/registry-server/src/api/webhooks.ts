import type { DeliveryRecord } from '@lading/catalog';
import type { FastifyRequest } from 'fastify';
import { Type } from 'typebox';
import type { Webhooks } from '../events/webhooks.ts';
import type { Registry } from '../exchange.ts';
import type { Api } from './api-instance.ts';
import { defined } from './defined.ts';
import { listOf, pageOf, pageQuery } from './page.ts';
import { requireAdministrator } from './permission.ts';
import { Refusal } from './problem.ts';

const Webhook = Type.Object({
  name: Type.String({ examples: ['ci'] }),
  url: Type.String({ examples: ['https://ci.example.org/hook'], description: 'Without what stands in its query' }),
  events: Type.Array(Type.String({ examples: ['push'] })),
  signed: Type.Boolean(),
  waiting: Type.Integer({ description: 'Events that are still to be delivered' }),
  dead: Type.Integer({ description: 'Events that were given up' }),
});

const Delivery = Type.Object({
  event: Type.String({ description: 'The id of the event' }),
  createdAt: Type.String({ format: 'date-time' }),
  attempts: Type.Integer(),
  nextAt: Type.Optional(Type.String({ format: 'date-time', description: 'Absent where it was given up' })),
  error: Type.Optional(Type.String({ examples: ['HTTP 503'] })),
  body: Type.Unsafe<object>({ type: 'object', additionalProperties: true, description: 'The CloudEvent' }),
});

const named = Type.Object({ webhook: Type.String({ examples: ['ci'] }) });
const delivery = Type.Object({ ...named.properties, event: Type.String() });

/** Who is told of what happens is configured; here is what became of it. */
export function webhookRoutes(api: Api, registry: Registry): void {
  const administered = (request: FastifyRequest): Webhooks => {
    requireAdministrator(registry, request);
    const { webhooks } = registry;
    if (webhooks === undefined) throw new Refusal(404, 'UNSUPPORTED', 'This registry has no webhooks');
    return webhooks;
  };

  api.get(
    '/webhooks',
    {
      schema: {
        operationId: 'listWebhooks',
        summary: 'Who is told of what happens, and what waits for them',
        tags: ['webhooks'],
        response: { 200: listOf(Webhook) },
      },
    },
    async (request) => {
      const { hooks, deliveries } = administered(request);
      const counts = new Map((await deliveries.counts()).map((count) => [count.receiver, count]));
      const items = hooks.map(({ name, url, events, secret }) => {
        const { waiting = 0, dead = 0 } = counts.get(name) ?? {};
        return {
          name,
          url: url.split('?', 1)[0] ?? '',
          events: [...events],
          signed: secret !== undefined,
          waiting,
          dead,
        };
      });
      return { items };
    },
  );

  api.get(
    '/webhooks/:webhook/deliveries',
    {
      schema: {
        operationId: 'listDeliveries',
        summary: 'Events that wait for a webhook, or were given up',
        tags: ['webhooks'],
        params: named,
        querystring: Type.Object({
          ...pageQuery.properties,
          state: Type.Optional(Type.Union([Type.Literal('waiting'), Type.Literal('dead')], { default: 'dead' })),
        }),
        response: { 200: listOf(Delivery) },
      },
    },
    async (request) => {
      const { deliveries } = administered(request);
      const { state = 'dead' } = request.query;
      const { items, ...rest } = await pageOf(request.query, pages, ({ event }) => event);
      return { items: items.map(shown), ...rest };

      async function* pages(page: { after?: string; limit: number }): AsyncGenerator<DeliveryRecord> {
        yield* await deliveries.list(request.params.webhook, { ...page, state });
      }
    },
  );

  api.post(
    '/webhooks/:webhook/deliveries/:event/retry',
    {
      schema: {
        operationId: 'retryDelivery',
        summary: 'Deliver an event now, also one that was given up',
        tags: ['webhooks'],
        params: delivery,
        response: { 202: Type.Object({}) },
      },
    },
    async (request, reply) => {
      const { deliveries, wake } = administered(request);
      const { webhook, event } = request.params;
      if (!(await deliveries.retry(webhook, event))) throw unknown(webhook, event);
      wake();
      return reply.code(202).send({});
    },
  );

  api.delete(
    '/webhooks/:webhook/deliveries/:event',
    {
      schema: {
        operationId: 'dropDelivery',
        summary: 'Drop an event that was not delivered',
        tags: ['webhooks'],
        params: delivery,
        response: { 204: Type.Null() },
      },
    },
    async (request, reply) => {
      const { deliveries } = administered(request);
      const { webhook, event } = request.params;
      if (!(await deliveries.remove(webhook, event))) throw unknown(webhook, event);
      return reply.code(204).send(null);
    },
  );
}

function unknown(webhook: string, event: string): Refusal {
  return new Refusal(404, 'UNSUPPORTED', `Nothing of the id ${event} waits for the webhook ${webhook}`);
}

function shown({ event, createdAt, attempts, nextAt, error, body }: DeliveryRecord) {
  return defined({
    event,
    createdAt: createdAt.toISOString(),
    attempts,
    nextAt: nextAt?.toISOString(),
    error,
    body: JSON.parse(body) as object, // cloudEvent() wrote it
  });
}
