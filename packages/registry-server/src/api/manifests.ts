import { type ListedManifest, listManifests, manifestParts } from '@lading/catalog';
import { isDigest } from '@lading/oci';
import { Type } from 'typebox';
import type { Registry } from '../exchange.ts';
import type { Api } from './api-instance.ts';
import { defined } from './defined.ts';
import { listOf, pageOf, pageQuery } from './page.ts';
import { requirePermission } from './permission.ts';
import { Refusal } from './problem.ts';
import { repositoryParams, requireRepository } from './repository-params.ts';

const Digest = Type.String({ examples: [`sha256:${'0'.repeat(64)}`] });

const Manifest = Type.Object({
  digest: Digest,
  mediaType: Type.String({ examples: ['application/vnd.oci.image.manifest.v1+json'] }),
  artifactType: Type.Optional(Type.String()),
  size: Type.Integer({ description: 'Bytes of the manifest' }),
  subject: Type.Optional(
    Type.String({ description: 'The digest of what it refers to, such as the image that it signs' }),
  ),
  createdAt: Type.String({ format: 'date-time' }),
  tags: Type.Array(Type.String(), { description: 'Tags that point to it' }),
});

const Part = Type.Object({
  digest: Digest,
  kind: Type.Union([Type.Literal('manifest'), Type.Literal('config'), Type.Literal('layer')]),
  size: Type.Integer({ description: 'Bytes' }),
});

export function manifestRoutes(api: Api, registry: Registry): void {
  api.get(
    '/repositories/:repository/manifests',
    {
      schema: {
        operationId: 'listManifests',
        summary: 'Manifests of a repository, tagged or not, in byte order of their digests',
        tags: ['repositories'],
        params: repositoryParams,
        querystring: pageQuery,
        response: { 200: listOf(Manifest) },
      },
    },
    async (request) => {
      const { repository } = request.params;
      requirePermission(registry, request, 'pull', repository);
      await requireRepository(registry, repository);
      const { items, ...rest } = await pageOf(request.query, pages, ({ descriptor }) => descriptor.digest);
      return { items: items.map(shown), ...rest };

      async function* pages(page: { after?: string; limit: number }): AsyncGenerator<ListedManifest> {
        yield* await listManifests(registry.catalog.database, repository, page);
      }
    },
  );

  api.get(
    '/repositories/:repository/manifests/:digest',
    {
      schema: {
        operationId: 'getManifest',
        summary: 'A manifest and what it is made of',
        tags: ['repositories'],
        params: Type.Object({ ...repositoryParams.properties, digest: Digest }),
        response: { 200: Type.Object({ ...Manifest.properties, parts: Type.Array(Part) }) },
      },
    },
    async (request) => {
      const { repository, digest } = request.params;
      requirePermission(registry, request, 'pull', repository);
      const { database } = registry.catalog;
      const [found] = isDigest(digest) ? await listManifests(database, repository, { digest, limit: 1 }) : [];
      if (found === undefined) {
        throw new Refusal(404, 'MANIFEST_UNKNOWN', `The repository ${repository} has no manifest ${digest}`);
      }
      const parts = await manifestParts(database, repository, found.descriptor.digest);
      return { ...shown(found), parts: [...parts] };
    },
  );
}

function shown({ descriptor, artifactType, subject, createdAt, tags }: ListedManifest) {
  const { digest, mediaType, size } = descriptor;
  return defined({
    digest,
    mediaType,
    size,
    artifactType,
    subject,
    createdAt: createdAt.toISOString(),
    tags: [...tags],
  });
}
