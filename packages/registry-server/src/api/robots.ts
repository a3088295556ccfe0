import { createRobots, type RobotRecord } from '@lading/catalog';
import { Type } from 'typebox';
import { robotLogin } from '../access/accounts/robot-accounts.ts';
import { makeSecret } from '../access/accounts/secret-text.ts';
import { patternFault } from '../access/repository-pattern.ts';
import { parseDuration } from '../config/config-section.ts';
import type { Registry } from '../exchange.ts';
import { apiActor } from './actor.ts';
import type { Api } from './api-instance.ts';
import { optionalBody } from './optional-body.ts';
import { requireAdministrator } from './permission.ts';
import { Refusal } from './problem.ts';

const Name = Type.String({ pattern: '^[a-z0-9][a-z0-9._-]{0,62}$', examples: ['ci'] });
const Duration = Type.String({ pattern: '^\\d+(ms|s|m|h|d|w)$', examples: ['24h'] });
const Time = Type.String({ format: 'date-time' });

const Grants = Type.Array(
  Type.Object(
    {
      repositories: Type.String({ examples: ['team/**'] }),
      actions: Type.Array(
        Type.Union([Type.Literal('pull'), Type.Literal('push'), Type.Literal('delete'), Type.Literal('admin')]),
        {
          minItems: 1,
        },
      ),
    },
    { additionalProperties: false },
  ),
  { description: 'Actions on repositories by pattern', maxItems: 100 },
);

const Robot = Type.Object(
  {
    name: Type.String(),
    login: Type.String({ description: 'The user name to sign in with', examples: ['robot+ci'] }),
    description: Type.Optional(Type.String()),
    grants: Grants,
    expiresAt: Type.Optional(Time),
    disabled: Type.Boolean(),
    createdAt: Time,
    createdBy: Type.Optional(Type.String()),
    secrets: Type.Array(Type.Object({ id: Type.String(), createdAt: Time, endsAt: Type.Optional(Time) }), {
      description: 'Latest first; those that were replaced end',
    }),
  },
  { description: 'An account for a program' },
);

const WithSecret = Type.Object({
  ...Robot.properties,
  secret: Type.String({ description: 'Shown this once: the registry keeps only a digest of it' }),
});

const named = Type.Object({ robot: Name });

export function robotRoutes(api: Api, registry: Registry): void {
  const robots = createRobots(registry.catalog);
  const about = (operationId: string, summary: string) => ({ operationId, summary, tags: ['robots'] });

  api.get(
    '/robots',
    {
      schema: {
        ...about('listRobots', 'Robot accounts'),
        response: { 200: Type.Object({ items: Type.Array(Robot) }) },
      },
    },
    async (request) => {
      requireAdministrator(registry, request);
      return { items: (await Array.fromAsync(robots.list())).map(shown) };
    },
  );

  api.post(
    '/robots',
    {
      schema: {
        ...about('createRobot', 'Make a robot account'),
        body: Type.Object(
          {
            name: Name,
            description: Type.Optional(Type.String({ maxLength: 500 })),
            grants: Grants,
            expiresIn: Type.Optional(Duration),
          },
          { additionalProperties: false },
        ),
        response: { 201: WithSecret },
      },
    },
    async (request, reply) => {
      requireAdministrator(registry, request);
      const { name, description, grants, expiresIn } = request.body;
      for (const { repositories } of grants) {
        const fault = patternFault(repositories);
        if (fault !== undefined)
          throw new Refusal(400, 'USAGE', `The pattern ${JSON.stringify(repositories)} ${fault}`);
      }
      const { id, hash, text } = makeSecret('ldr');
      const expiresAt = expiresIn === undefined ? undefined : timeAfter(expiresIn);
      const made = await robots.create(
        { name, description, grants, expiresAt, secret: { id, hash } },
        apiActor(registry, request),
      );
      if (made === undefined) throw new Refusal(409, 'ROBOT_EXISTS', `There is a robot ${name} already`);
      return reply.code(201).send({ ...shown(made), secret: text.reveal() });
    },
  );

  api.get(
    '/robots/:robot',
    { schema: { ...about('getRobot', 'A robot account'), params: named, response: { 200: Robot } } },
    async (request) => {
      requireAdministrator(registry, request);
      return shown((await robots.get(request.params.robot)) ?? absent(request.params.robot));
    },
  );

  api.post(
    '/robots/:robot/rotate',
    {
      preValidation: optionalBody,
      schema: {
        ...about('rotateRobot', 'Give a robot a new secret; the one before is honoured for a while'),
        params: named,
        body: Type.Optional(Type.Object({ overlap: Type.Optional(Duration) }, { additionalProperties: false })),
        response: { 200: WithSecret },
      },
    },
    async (request) => {
      requireAdministrator(registry, request);
      const { id, hash, text } = makeSecret('ldr');
      const until = timeAfter(request.body?.overlap ?? '24h');
      const by = apiActor(registry, request);
      const rotated = await robots.rotate(request.params.robot, { id, hash }, until, by);
      return { ...shown(rotated ?? absent(request.params.robot)), secret: text.reveal() };
    },
  );

  api.patch(
    '/robots/:robot',
    {
      schema: {
        ...about('changeRobot', 'Disable a robot, or enable it again: within a second, on every replica'),
        params: named,
        body: Type.Object({ disabled: Type.Boolean() }, { additionalProperties: false }),
        response: { 200: Robot },
      },
    },
    async (request) => {
      requireAdministrator(registry, request);
      const by = apiActor(registry, request);
      const changed = await robots.disable(request.params.robot, request.body.disabled, by);
      return shown(changed ?? absent(request.params.robot));
    },
  );

  api.delete(
    '/robots/:robot',
    { schema: { ...about('deleteRobot', 'Delete a robot account'), params: named, response: { 204: Type.Null() } } },
    async (request, reply) => {
      requireAdministrator(registry, request);
      const by = apiActor(registry, request);
      if (!(await robots.delete(request.params.robot, by))) absent(request.params.robot);
      return reply.code(204).send(null);
    },
  );
}

function shown(robot: RobotRecord) {
  const { name, description, grants, expiresAt, disabled, createdAt, createdBy, secrets } = robot;
  return {
    name,
    login: robotLogin(name),
    ...(description === undefined ? {} : { description }),
    grants: grants as { repositories: string; actions: ('pull' | 'push' | 'delete' | 'admin')[] }[],
    ...(expiresAt === undefined ? {} : { expiresAt: expiresAt.toISOString() }),
    disabled,
    createdAt: createdAt.toISOString(),
    ...(createdBy === undefined ? {} : { createdBy }),
    secrets: secrets.map((secret) => ({
      id: secret.id,
      createdAt: secret.createdAt.toISOString(),
      ...(secret.endsAt === undefined ? {} : { endsAt: secret.endsAt.toISOString() }),
    })),
  };
}

function timeAfter(duration: string): Date {
  const time = new Date(Date.now() + parseDuration(duration));
  if (Number.isNaN(time.getTime())) throw new Refusal(400, 'USAGE', `The duration ${duration} is too long`);
  return time;
}

function absent(name: string): never {
  throw new Refusal(404, 'ROBOT_UNKNOWN', `There is no robot ${name}`);
}
