import { usageOf } from '@lading/catalog';
import { Type } from 'typebox';
import type { Registry } from '../exchange.ts';
import { previewGarbage } from '../policy/collection/collect-garbage.ts';
import { compileRules } from '../policy/policy-rules.ts';
import { previewRetention } from '../policy/retention/apply-retention.ts';
import type { Api } from './api-instance.ts';
import { defined } from './defined.ts';
import { requireAdministrator, requirePermission } from './permission.ts';
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
  bytes: Type.Integer(),
});

/** What holds in a repository, and what jobs would remove by it if they ran now. */
export function policyRoutes(api: Api, registry: Registry): void {
  const { catalog, content, policy } = registry;
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
      const plans = await Array.fromAsync(previewRetention({ catalog, config: policy.config, repository }));
      return {
        items: plans.map(({ repository: name, tags, manifests }) => ({
          repository: name,
          tags: tags.map((tag) => ({ ...tag })),
          manifests: manifests.map(({ digest, recordedAt }) => ({ digest, recordedAt })),
        })),
      };
    },
  );

  api.get(
    '/gc/preview',
    { schema: { ...about('previewGarbage', 'What the job "gc" would remove now'), response: { 200: GarbagePreview } } },
    async (request) => {
      requireAdministrator(registry, request);
      const { links, content: going } = await previewGarbage({ catalog, content, config: policy.config });
      const bytes = going.reduce((sum, { size }) => sum + size, 0);
      return { links: links.map((link) => ({ ...link })), content: going.map((each) => ({ ...each })), bytes };
    },
  );
}
