import { Type } from 'typebox';
import { identityText } from '../access/identity.ts';
import type { Registry } from '../exchange.ts';
import type { Api } from './api-instance.ts';
import { defined } from './defined.ts';
import { listOf } from './page.ts';
import { requireAdministrator } from './permission.ts';
import { Refusal } from './problem.ts';

const Time = Type.String({ format: 'date-time' });

const Rule = Type.Object(
  {
    name: Type.String({ examples: ['to-backup'] }),
    direction: Type.Union([Type.Literal('push'), Type.Literal('pull')]),
    registry: Type.String({ examples: ['backup.example.org'] }),
    repositories: Type.Array(Type.String({ examples: ['team/**'] })),
    tags: Type.Array(Type.String({ examples: ['v*'] })),
    schedule: Type.Optional(Type.String({ description: 'A cron pattern, or on-event' })),
    pending: Type.Optional(
      Type.Integer({ description: 'Tags that are to be brought there; at most 10000 are counted' }),
    ),
    since: Type.Optional(Type.String({ format: 'date-time', description: 'Since when the oldest of them waits' })),
    ranAt: Type.Optional(
      Type.String({ format: 'date-time', description: 'When the last run began that came to its end' }),
    ),
    failures: Type.Array(
      Type.Object({
        repository: Type.String(),
        name: Type.String({ description: 'A tag, or @DIGEST of what refers to an image' }),
        error: Type.String(),
        at: Time,
      }),
    ),
  },
  { description: 'A replication rule, and how far it has come' },
);

export function replicationRoutes(api: Api, registry: Registry): void {
  api.get(
    '/replication',
    {
      schema: {
        operationId: 'listReplications',
        summary: 'Replication rules, how far they are behind, and what they could not bring',
        tags: ['replication'],
        response: { 200: listOf(Rule) },
      },
    },
    async (request) => {
      requireAdministrator(registry, request);
      const states = (await registry.replications?.states()) ?? [];
      const items = states.map(({ rule, pending, since, ranAt, failures }) =>
        defined({
          name: rule.name,
          direction: rule.direction,
          registry: rule.registry,
          repositories: [...rule.repositories],
          tags: [...rule.tags],
          schedule: rule.onEvent ? 'on-event' : rule.schedule,
          pending,
          since: since?.toISOString(),
          ranAt: ranAt?.toISOString(),
          failures: failures.map((failure) => ({ ...failure, at: failure.at.toISOString() })),
        }),
      );
      return { items };
    },
  );

  api.post(
    '/replication/:rule/runs',
    {
      schema: {
        operationId: 'startReplication',
        summary: 'Run a rule now; it goes on after the answer, as a run of the job `replicate`',
        tags: ['replication'],
        params: Type.Object({ rule: Type.String({ examples: ['to-backup'] }) }),
        response: { 202: Type.Object({ id: Type.String() }) },
      },
    },
    async (request, reply) => {
      requireAdministrator(registry, request);
      const { rule } = request.params;
      if (registry.jobs === undefined || !registry.replications?.rules.some(({ name }) => name === rule)) {
        throw new Refusal(404, 'UNSUPPORTED', `There is no replication rule ${rule}`);
      }
      const start = { actor: identityText(request.identity), options: { rules: [rule] } };
      const { record } = await registry.jobs.start('replicate', start);
      return reply.code(202).send({ id: record.id });
    },
  );
}
