import type { IncomingMessage, ServerResponse } from 'node:http';
import type { FastifyReply } from 'fastify';
import type { Incoming, Registry } from '../exchange.ts';
import { aboutRoutes } from './about.ts';
import type { Api } from './api-instance.ts';
import { auditRoutes } from './audit.ts';
import { cautionRoutes } from './cautions.ts';
import { jobRoutes } from './jobs.ts';
import { manifestRoutes } from './manifests.ts';
import { personalTokenRoutes } from './personal-tokens.ts';
import { policyRoutes } from './policies.ts';
import { type Problem, problemFor, problemType, Refusal, refusalOf } from './problem.ts';
import { problemResponse } from './problem-schema.ts';
import { replicationRoutes } from './replication.ts';
import { repositoryRoutes } from './repositories.ts';
import { robotRoutes } from './robots.ts';
import { scanRoutes } from './scans.ts';
import { searchRoutes } from './search.ts';
import { baseSearchRoutes } from './search-bases.ts';
import { storageRoutes } from './storage.ts';
import { trashRoutes } from './trash.ts';
import { upstreamRoutes } from './upstreams.ts';
import { webhookRoutes } from './webhooks.ts';

/** Where the management API lies. */
export const apiPrefix = '/api/v1';

// A new domain: its file of routes, and its row here.
const routes: readonly ((api: Api, registry: Registry) => void)[] = [
  repositoryRoutes,
  robotRoutes,
  personalTokenRoutes,
  policyRoutes,
  jobRoutes,
  cautionRoutes,
  trashRoutes,
  manifestRoutes,
  searchRoutes,
  baseSearchRoutes,
  storageRoutes,
  upstreamRoutes,
  replicationRoutes,
  scanRoutes,
  webhookRoutes,
  auditRoutes,
  aboutRoutes,
];

export interface ManagementApi {
  /** Answers a request. */
  serve(incoming: Incoming, response: ServerResponse): void;
  /** What was behind an answer of 5xx, of which the answer says nothing. */
  failureOf(incoming: Incoming): unknown;
}

/**
 * The management API: what answers requests to paths under `/api/v1`. It is loaded when the first of them comes, and shares the
 * server with the distribution protocol, which knows nothing of the framework.
 */
export async function createApi(registry: Registry): Promise<ManagementApi> {
  const [{ default: fastify }, { default: swagger }] = await Promise.all([
    import('fastify'),
    import('@fastify/swagger'),
  ]);
  const app = fastify({
    logger: false,
    bodyLimit: 1 << 20,
    routerOptions: { maxParamLength: 1024 },
    // What the framework refuses before it looks for a route: a path that is too long or cannot be decoded.
    frameworkErrors: (error, _request, reply) => sendProblem(problemFor(error), reply),
  });
  const arrived = new WeakMap<IncomingMessage, Incoming>();
  const failures = new WeakMap<IncomingMessage, unknown>();
  app.decorateRequest('identity');
  app.addHook('onRequest', async (request) => {
    refuseOtherSites(request.raw);
    const asked = await registry.access.identify(request.raw);
    if ('refusal' in asked) throw refusalOf(asked.refusal);
    request.identity = asked.identity;
    const incoming = arrived.get(request.raw);
    if (incoming !== undefined) incoming.identity = asked.identity;
  });
  app.addHook('preHandler', async ({ params, query, body }) => assertPlain([params, query, body]));
  app.addHook('onRoute', ({ schema }) => {
    if (schema?.response !== undefined) {
      Object.assign(schema.response as object, { '4xx': problemResponse('Refused'), '5xx': problemResponse('Failed') });
    }
  });
  app.setErrorHandler((error, request, reply) => {
    if (error instanceof Refusal) reply.headers(error.headers);
    const problem = problemFor(error);
    if (problem.status >= 500) failures.set(request.raw, error);
    return sendProblem(problem, reply);
  });
  app.setNotFoundHandler((request) => {
    throw new Refusal(404, 'UNSUPPORTED', `There is nothing at ${request.method} ${request.url.split('?')[0]}`);
  });
  await app.register(swagger, {
    openapi: {
      openapi: '3.1.0',
      info: { title: 'Lading registry', description: 'Management of a registry', version: '1' },
      servers: [{ url: apiPrefix }],
      // Any of them; a registry without users asks for none.
      components: {
        securitySchemes: {
          basic: {
            type: 'http',
            scheme: 'basic',
            description: 'A user, robot+NAME, or a person with a personal token',
          },
          token: { type: 'http', scheme: 'bearer', description: 'Of /auth/token, with the scope registry:api:*' },
          certificate: { type: 'mutualTLS' } as never, // of OpenAPI 3.1, unknown to the types of the plugin
        },
      },
      security: [{ basic: [] }, { token: [] }, { certificate: [] }, {}],
    },
    // Schemas are the routes' own; paths in the document count from the server's.
    stripBasePath: true,
  });
  await app.register(
    async (scope) => {
      for (const route of routes) route(scope as unknown as Api, registry);
      scope.get('/openapi.json', { schema: { hide: true } }, async () => app.swagger());
    },
    { prefix: apiPrefix },
  );
  await app.ready();
  return {
    serve(incoming, response) {
      arrived.set(incoming.request, incoming);
      app.routing(incoming.request, response);
    },
    failureOf: ({ request }) => failures.get(request),
  };
}

/** Browsers add the credentials of this registry also to what pages of others send here: that changes nothing (Fetch Metadata §sec-fetch-site). */
function refuseOtherSites({ method, headers }: IncomingMessage): void {
  const site = headers['sec-fetch-site'];
  if (method === 'GET' || method === 'HEAD' || site === undefined || site === 'same-origin' || site === 'none') return;
  throw new Refusal(403, 'DENIED', 'A page of another site asks for this', {
    hint: 'Open it from the registry itself.',
  });
}

/** Deeper than any request of this API; what nests further is none, and would take the stack of whoever walks it. */
const maxDepth = 32;

/** Refuses the one character that no text of PostgreSQL has, and what is nested without end. */
function assertPlain(value: unknown, depth = 0): void {
  if (typeof value === 'string' && value.includes('\0')) throw new Refusal(400, 'USAGE', 'A text has a null character');
  if (typeof value !== 'object' || value === null) return;
  if (depth > maxDepth) throw new Refusal(400, 'USAGE', `The request is nested more than ${maxDepth} levels deep`);
  for (const member of Object.values(value)) assertPlain(member, depth + 1);
}

function sendProblem(problem: Problem, reply: FastifyReply): FastifyReply {
  return reply.code(problem.status).type(problemType).serializer(JSON.stringify).send(problem);
}
