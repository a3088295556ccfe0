import { type RepositoryUsage, reclaimableBytes, totalUsage, usageOf, usageOfAll } from '@lading/catalog';
import { Type } from 'typebox';
import type { Registry } from '../exchange.ts';
import type { Api } from './api-instance.ts';
import { listOf, pageOf, pageQuery } from './page.ts';
import { requireAdministrator, requirePermission } from './permission.ts';
import { repositoryParams, requireRepository } from './repository-params.ts';

const Usage = Type.Object({
  repository: Type.String({ examples: ['team/app'] }),
  bytes: Type.Integer({ description: 'Of its blobs and manifests, each counted once' }),
  uniqueBytes: Type.Integer({ description: 'Those that no other repository has' }),
  sharedBytes: Type.Integer({ description: 'Those that others have as well' }),
  blobs: Type.Integer(),
  manifests: Type.Integer(),
});

const Total = Type.Object({
  bytes: Type.Integer({ description: 'Of all content, each counted once' }),
  uniqueBytes: Type.Integer({ description: 'That one repository alone has' }),
  sharedBytes: Type.Integer({ description: 'That several repositories have' }),
  reclaimableBytes: Type.Integer({ description: 'That only removed manifests need, while they can be restored' }),
  blobs: Type.Integer(),
  manifests: Type.Integer(),
  repositories: Type.Integer(),
});

/** What lies where. The catalog keeps count of it, so that nothing is gone through to answer. */
export function storageRoutes(api: Api, registry: Registry): void {
  const { database } = registry.catalog;

  api.get(
    '/storage',
    { schema: { operationId: 'storage', summary: 'How much there is', tags: ['storage'], response: { 200: Total } } },
    async (request) => {
      requireAdministrator(registry, request);
      const [{ bytes, blobs, manifests }, all, reclaimable] = await Promise.all([
        totalUsage(database),
        usageOfAll(database),
        reclaimableBytes(database),
      ]);
      const uniqueBytes = all.reduce((sum, { exclusiveBytes }) => sum + exclusiveBytes, 0);
      const sharedBytes = Math.max(0, bytes - uniqueBytes);
      return {
        bytes,
        uniqueBytes,
        sharedBytes,
        reclaimableBytes: reclaimable,
        blobs,
        manifests,
        repositories: all.length,
      };
    },
  );

  api.get(
    '/storage/repositories',
    {
      schema: {
        operationId: 'storageOfRepositories',
        summary: 'How much each repository has, in byte order of their names',
        tags: ['storage'],
        querystring: pageQuery,
        response: { 200: listOf(Usage) },
      },
    },
    async (request) => {
      const all = await usageOfAll(database);
      const { items, ...rest } = await pageOf(request.query, visible, ({ repository }) => repository);
      return { items: items.map(shown), ...rest };

      async function* visible({ after = '' }: { after?: string }): AsyncGenerator<RepositoryUsage> {
        for (const usage of all) {
          if (usage.repository > after && registry.access.may(request.identity, 'pull', usage.repository)) yield usage;
        }
      }
    },
  );

  api.get(
    '/repositories/:repository/storage',
    {
      schema: {
        operationId: 'storageOfRepository',
        summary: 'How much a repository has',
        tags: ['storage'],
        params: repositoryParams,
        response: { 200: Usage },
      },
    },
    async (request) => {
      const { repository } = request.params;
      requirePermission(registry, request, 'pull', repository);
      await requireRepository(registry, repository);
      const usage = await usageOf(database, repository);
      return shown(usage ?? { repository, bytes: 0, exclusiveBytes: 0, blobs: 0, manifests: 0 });
    },
  );
}

function shown({ repository, bytes, exclusiveBytes, blobs, manifests }: RepositoryUsage) {
  return { repository, bytes, uniqueBytes: exclusiveBytes, sharedBytes: bytes - exclusiveBytes, blobs, manifests };
}
