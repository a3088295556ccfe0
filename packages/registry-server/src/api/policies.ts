import { usageOf } from '@lading/catalog';
import { LadingError } from '@lading/errors';
import type { FastifyRequest } from 'fastify';
import { Type } from 'typebox';
import { identityText } from '../access/identity.ts';
import type { Registry } from '../exchange.ts';
import type { JobOptions } from '../jobs/job.ts';
import { compileRules } from '../policy/policy-rules.ts';
import type { Api } from './api-instance.ts';
import { defined } from './defined.ts';
import { requireAdministrator, requirePermission } from './permission.ts';
import { Refusal } from './problem.ts';
import { repositoryParams, requireRepository } from './repository-params.ts';

const Digest = Type.String({ examples: [`sha256:${'0'.repeat(64)}`] });

const Policy = Type.Object({
  quota: Type.Optional(
    Type.Object({ eachBytes: Type.Optional(Type.Integer()), totalBytes: Type.Optional(Type.Integer()) }),
  ),
  sparse: Type.Boolean({ description: 'Manifests may name what the repository does not have' }),
  retention: Type.Optional(Type.Unsafe<object>({ type: 'object', additionalProperties: true })),
  usage: Type.Object({
    bytes: Type.Integer(),
    exclusiveBytes: Type.Integer({ description: 'What no other repository has, too' }),
    blobs: Type.Integer(),
    manifests: Type.Integer(),
  }),
});

const RetentionPreview = Type.Object({
  repositories: Type.Integer(),
  tags: Type.Integer(),
  manifests: Type.Integer(),
  items: Type.Array(
    Type.Object({
      repository: Type.String(),
      tags: Type.Array(
        Type.Object({ name: Type.String(), digest: Digest, movedAt: Type.String({ format: 'date-time' }) }),
      ),
      manifests: Type.Array(Type.Object({ digest: Digest, recordedAt: Type.String({ format: 'date-time' }) })),
    }),
  ),
});

const GarbagePreview = Type.Object({
  links: Type.Array(Type.Object({ repository: Type.String(), digest: Digest })),
  content: Type.Array(Type.Object({ digest: Digest, size: Type.Integer() })),
  reclaimable: Type.Integer({ description: 'Bytes' }),
  unlinked: Type.Integer({ description: 'Blobs that leave a repository' }),
  blobs: Type.Integer(),
});

/** What holds in a repository, and what jobs would remove by it if they ran now. */
export function policyRoutes(api: Api, registry: Registry): void {
  const { catalog, policy } = registry;
  /** It may look through a lot, so it runs where jobs run; lists are cut where they are long, figures are not. */
  const preview = async (name: string, request: FastifyRequest, options: JobOptions): Promise<never> => {
    const { jobs } = registry;
    if (jobs === undefined) throw new Refusal(404, 'UNSUPPORTED', 'This registry has no jobs');
    const { ended } = await jobs.start(name, { actor: identityText(request.identity), options });
    const { outcome, error } = await ended;
    if (outcome === undefined)
      throw new LadingError('JOB_FAILED', `The job ${name} failed: ${error ?? 'it was stopped'}`);
    return outcome as never; // as the job of that name gives it
  };
  const about = (operationId: string, summary: string) => ({ operationId, summary, tags: ['policies'] });

  api.get(
    '/repositories/:repository/policy',
    {
      schema: {
        ...about('getPolicy', 'What holds in a repository, and how much it has'),
        params: repositoryParams,
        response: { 200: Policy },
      },
    },
    async (request) => {
      const { repository } = request.params;
      requirePermission(registry, request, 'pull', repository);
      await requireRepository(registry, repository);
      const { quota, sparse, retention } = compileRules(policy.config.rules)(repository);
      const usage = await usageOf(catalog.database, repository);
      const { bytes = 0, exclusiveBytes = 0, blobs = 0, manifests = 0 } = usage ?? {};
      return defined({
        quota: quota && defined({ ...quota }),
        sparse,
        retention: retention && { ...retention },
        usage: { bytes, exclusiveBytes, blobs, manifests },
      });
    },
  );

  api.get(
    '/retention/preview',
    {
      schema: {
        ...about('previewRetention', 'What the job "retention" would remove now'),
        querystring: Type.Object({ repository: Type.Optional(Type.String()) }),
        response: { 200: RetentionPreview },
      },
    },
    async (request) => {
      const { repository } = request.query;
      if (repository === undefined) requireAdministrator(registry, request);
      else requirePermission(registry, request, 'admin', repository);
      return preview('retention-preview', request, repository === undefined ? {} : { repository });
    },
  );

  api.get(
    '/gc/preview',
    { schema: { ...about('previewGarbage', 'What the job "gc" would remove now'), response: { 200: GarbagePreview } } },
    async (request) => {
      requireAdministrator(registry, request);
      return preview('gc-preview', request, {});
    },
  );
}
