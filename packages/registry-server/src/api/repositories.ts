import { Type } from 'typebox';
import type { Registry } from '../exchange.ts';
import type { Api } from './api-instance.ts';
import { listOf, pageOf, pageQuery } from './page.ts';
import { requirePermission } from './permission.ts';
import { repositoryParams, requireRepository } from './repository-params.ts';

const Tag = Type.Object(
  {
    name: Type.String({ examples: ['1.4'] }),
    digest: Type.String({ examples: [`sha256:${'0'.repeat(64)}`] }),
    mediaType: Type.String(),
    size: Type.Integer({ description: 'Bytes of the manifest' }),
    updatedAt: Type.String({ format: 'date-time' }),
  },
  { description: 'What a tag points to' },
);

const Move = Type.Object({
  digest: Type.Optional(Type.String({ description: 'Absent where the tag was removed' })),
  previous: Type.Optional(Type.String({ description: 'Absent where the tag was made' })),
  at: Type.String({ format: 'date-time' }),
});

export function repositoryRoutes(api: Api, registry: Registry): void {
  api.get(
    '/repositories',
    {
      schema: {
        operationId: 'listRepositories',
        summary: 'Repositories that the caller may pull from, in byte order of their names',
        tags: ['repositories'],
        querystring: pageQuery,
        response: { 200: listOf(Type.Object({ name: Type.String({ examples: ['team/app'] }) })) },
      },
    },
    async (request) => {
      const { items, next } = await pageOf(request.query, visible, (name) => name);
      return { items: items.map((name) => ({ name })), ...(next === undefined ? {} : { next }) };

      async function* visible({ after, limit }: { after?: string; limit: number }): AsyncGenerator<string> {
        let left = limit;
        for await (const name of registry.catalog.repositories(after === undefined ? {} : { after })) {
          if (!registry.access.may(request.identity, 'pull', name)) continue;
          yield name;
          if (--left === 0) return;
        }
      }
    },
  );

  api.get(
    '/repositories/:repository/tags',
    {
      schema: {
        operationId: 'listTags',
        summary: 'Tags of a repository, in byte order',
        tags: ['repositories'],
        params: repositoryParams,
        querystring: pageQuery,
        response: { 200: listOf(Tag) },
      },
    },
    async (request) => {
      const { repository } = request.params;
      requirePermission(registry, request, 'pull', repository);
      await requireRepository(registry, repository);
      const { items, next } = await pageOf(
        request.query,
        (page) => registry.catalog.tags(repository, page),
        (tag) => tag.name,
      );
      const tags = items.map(({ name, descriptor, updatedAt }) => ({
        name,
        digest: descriptor.digest,
        mediaType: descriptor.mediaType,
        size: descriptor.size,
        updatedAt: updatedAt.toISOString(),
      }));
      return { items: tags, ...(next === undefined ? {} : { next }) };
    },
  );

  api.get(
    '/repositories/:repository/tags/:tag/history',
    {
      schema: {
        operationId: 'tagHistory',
        summary: 'Where a tag pointed, latest first; also of a tag that was removed',
        tags: ['repositories'],
        params: Type.Object({ ...repositoryParams.properties, tag: Type.String({ examples: ['1.4'] }) }),
        response: { 200: listOf(Move) },
      },
    },
    async (request) => {
      const { repository, tag } = request.params;
      requirePermission(registry, request, 'pull', repository);
      await requireRepository(registry, repository);
      const moves = await registry.catalog.tagHistory(repository, tag);
      return { items: moves.map((move) => ({ ...move, at: move.at.toISOString() })) };
    },
  );
}
