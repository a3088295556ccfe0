import { Type } from 'typebox';
import { identityText } from '../access/identity.ts';
import type { Registry } from '../exchange.ts';
import type { JobRecord } from '../jobs/job-record.ts';
import type { JobRunner } from '../jobs/job-runner.ts';
import type { Api } from './api-instance.ts';
import { defined } from './defined.ts';
import { optionalBody } from './optional-body.ts';
import { listOf } from './page.ts';
import { requireAdministrator } from './permission.ts';
import { Refusal } from './problem.ts';

const Time = Type.String({ format: 'date-time' });
const Figures = Type.Unsafe<object>({ type: 'object', additionalProperties: true });

const Run = Type.Object(
  {
    id: Type.String(),
    name: Type.String({ examples: ['gc'] }),
    state: Type.Union(
      [
        Type.Literal('running'),
        Type.Literal('succeeded'),
        Type.Literal('failed'),
        Type.Literal('cancelled'),
        Type.Literal('lost'),
      ],
      { description: '`lost`: its replica ended before it could say how it went' },
    ),
    actor: Type.String({ examples: ['schedule'] }),
    options: Figures,
    scheduledFor: Type.Optional(Time),
    startedAt: Time,
    endedAt: Type.Optional(Time),
    holder: Type.String({ description: 'The replica it runs or ran in' }),
    progress: Type.Optional(Figures),
    outcome: Type.Optional(Figures),
    error: Type.Optional(Type.String()),
    cancelledBy: Type.Optional(Type.String()),
  },
  { description: 'A run of a job' },
);

const run = Type.Object({ run: Type.String() });

/** Long work: what there is, what became of it, starting and stopping it. */
export function jobRoutes(api: Api, registry: Registry): void {
  const about = (operationId: string, summary: string) => ({ operationId, summary, tags: ['jobs'] });
  const runner = (): JobRunner => {
    if (registry.jobs === undefined) throw new Refusal(404, 'UNSUPPORTED', 'This registry has no jobs');
    return registry.jobs;
  };

  api.get(
    '/jobs',
    {
      schema: {
        ...about('listJobs', 'Jobs that there are'),
        response: { 200: listOf(Type.Object({ name: Type.String(), summary: Type.String() })) },
      },
    },
    async (request) => {
      requireAdministrator(registry, request);
      return { items: runner().jobs.map(({ name, summary }) => ({ name, summary })) };
    },
  );

  api.post(
    '/jobs/:job/runs',
    {
      preValidation: optionalBody,
      schema: {
        ...about('startJob', 'Start a job; it goes on after the answer'),
        params: Type.Object({ job: Type.String({ examples: ['gc'] }) }),
        body: Type.Optional(Type.Object({ options: Type.Optional(Figures) }, { additionalProperties: false })),
        response: { 202: Run },
      },
    },
    async (request, reply) => {
      requireAdministrator(registry, request);
      const options = { ...request.body?.options };
      const { record } = await runner().start(request.params.job, { actor: identityText(request.identity), options });
      return reply.code(202).send(shown(record));
    },
  );

  api.get(
    '/jobs/runs',
    {
      schema: {
        ...about('listJobRuns', 'Runs of jobs, in all replicas, latest first'),
        querystring: Type.Object({
          job: Type.Optional(Type.String()),
          limit: Type.Optional(Type.Integer({ minimum: 1, maximum: 1000, default: 50 })),
        }),
        response: { 200: listOf(Run) },
      },
    },
    async (request) => {
      requireAdministrator(registry, request);
      const { job, limit } = request.query;
      return { items: (await runner().history({ name: job, limit })).map(shown) };
    },
  );

  api.get(
    '/jobs/runs/:run',
    { schema: { ...about('getJobRun', 'A run of a job'), params: run, response: { 200: Run } } },
    async (request) => {
      requireAdministrator(registry, request);
      return shown((await runner().find(request.params.run)) ?? unknown(request.params.run));
    },
  );

  api.delete(
    '/jobs/runs/:run',
    {
      schema: {
        ...about('cancelJobRun', 'Tell a run to stop; it does within seconds'),
        params: run,
        response: { 202: Run },
      },
    },
    async (request, reply) => {
      requireAdministrator(registry, request);
      await runner().cancel(request.params.run, identityText(request.identity));
      return reply.code(202).send(shown((await runner().find(request.params.run)) ?? unknown(request.params.run)));
    },
  );
}

function shown(record: JobRecord) {
  const { scheduledFor, startedAt, endedAt, options, progress, outcome, ...rest } = record;
  return defined({
    ...rest,
    options: { ...options },
    progress: progress && { ...progress },
    outcome: outcome && { ...outcome },
    scheduledFor: scheduledFor?.toISOString(),
    startedAt: startedAt.toISOString(),
    endedAt: endedAt?.toISOString(),
  });
}

function unknown(id: string): never {
  throw new Refusal(404, 'JOB_UNKNOWN', `There is no run ${id}`);
}
