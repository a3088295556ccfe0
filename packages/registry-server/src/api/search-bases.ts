import { findBases, findDerived } from '@lading/catalog';
import { type Digest, isDigest, isIndexType } from '@lading/oci';
import type { FastifyRequest } from 'fastify';
import { Type } from 'typebox';
import type { Registry } from '../exchange.ts';
import type { Api } from './api-instance.ts';
import { defined } from './defined.ts';
import { fleetPage, imageProperties, shownImage } from './found-image.ts';
import { listOf, pageQuery } from './page.ts';
import { requirePermission } from './permission.ts';
import { Refusal } from './problem.ts';

const reference = Type.String({
  maxLength: 1000,
  examples: ['base/debian:12', `base/debian@sha256:${'0'.repeat(64)}`],
});

/** Which image was built on which, by their layers: also of images that nobody told of what they were built on. */
export function baseSearchRoutes(api: Api, registry: Registry): void {
  const { database } = registry.catalog;

  api.get(
    '/search/derived',
    {
      schema: {
        operationId: 'searchDerived',
        summary: 'Images that were built on a base, directly or on others that were',
        description: 'Follow `next`: a page may be short, or empty, while there is more.',
        tags: ['search'],
        querystring: Type.Object({ ...pageQuery.properties, base: reference }),
        response: {
          200: listOf(
            Type.Object({
              ...imageProperties,
              base: Type.String({ description: 'The digest of the base, of the platform of the image' }),
              baseLayers: Type.Integer({ description: 'How many of its layers are the base' }),
              layers: Type.Integer(),
              through: Type.Optional(Type.String({ description: 'The digest of the nearest base between them' })),
            }),
          ),
        },
      },
    },
    async (request) => {
      const bases = await imagesNamed(registry, request, request.query.base);
      const found = await findDerived(database, bases, fleetPage(registry, request, request.query));
      if (found === undefined) throw notLookedInto(request.query.base);
      const items = found.items.map(({ base, baseLayers, layers, through, ...image }) => ({
        ...shownImage(image),
        ...defined({ base, baseLayers, layers, through }),
      }));
      return defined({ items, next: found.next });
    },
  );

  api.get(
    '/search/bases',
    {
      schema: {
        operationId: 'searchBases',
        summary: 'What an image was built on, the nearest first',
        tags: ['search'],
        querystring: Type.Object({ image: reference }),
        response: {
          200: listOf(
            Type.Object({ ...imageProperties, layers: Type.Integer({ description: 'How many layers it has' }) }),
          ),
        },
      },
    },
    async (request) => {
      const images = await imagesNamed(registry, request, request.query.image);
      const { maySee } = fleetPage(registry, request, {});
      const found = await Promise.all(images.map((image) => findBases(database, image, maySee)));
      if (found.every((bases) => bases === undefined)) throw notLookedInto(request.query.image);
      return {
        items: found.flatMap((bases = []) => bases.map((base) => ({ ...shownImage(base), layers: base.layers }))),
      };
    },
  );
}

/** The image that a reference names, or those of an index. Throws the refusals of a pull. */
async function imagesNamed(registry: Registry, request: FastifyRequest, text: string): Promise<readonly Digest[]> {
  const [, repository = '', tag, digest] = /^([^:@]+)(?::([^:@]+)|@(.+))?$/.exec(text) ?? [];
  requirePermission(registry, request, 'pull', repository === '' ? text : repository);
  const name = tag ?? digest ?? 'latest';
  const { catalog } = registry;
  const found = isDigest(name)
    ? (await catalog.manifest(repository, name))?.descriptor
    : await catalog.references(repository).resolve(name);
  if (found === undefined) throw new Refusal(404, 'MANIFEST_UNKNOWN', `There is no ${text}`);
  if (!isIndexType(found.mediaType)) return [found.digest];
  const rows = await catalog.database.all(
    `SELECT c.child FROM children c JOIN repositories r ON r.id = c.repository_id
     WHERE r.name = ? AND c.parent = ? AND c.kind = 'manifest' ORDER BY c.child`,
    repository,
    found.digest,
  );
  return rows.map(({ child }) => child as Digest);
}

function notLookedInto(text: string): Refusal {
  return new Refusal(404, 'MANIFEST_UNKNOWN', `Nobody has looked into ${text} yet`, {
    hint: 'Images are looked into when they are pushed, where the configuration has "scan"; the job "scan" looks into all others.',
  });
}
