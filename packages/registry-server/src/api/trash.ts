import { listTrash, receiptOf, type TrashRecord } from '@lading/catalog';
import { isDigest, isRepositoryName, isTag } from '@lading/oci';
import { Type } from 'typebox';
import { identityText } from '../access/identity.ts';
import type { Registry } from '../exchange.ts';
import { planPurge, purgeContent } from '../policy/purge/purge-content.ts';
import { restore } from '../policy/restore.ts';
import { apiActor } from './actor.ts';
import type { Api } from './api-instance.ts';
import { defined } from './defined.ts';
import { listOf } from './page.ts';
import { requireAdministrator, requirePermission } from './permission.ts';
import { Refusal } from './problem.ts';

const Digest = Type.String({ examples: [`sha256:${'0'.repeat(64)}`] });

const Trashed = Type.Object({
  repository: Type.String(),
  digest: Digest,
  mediaType: Type.String(),
  size: Type.Integer(),
  tags: Type.Array(Type.String(), { description: 'Those that pointed to it when it was removed' }),
  removedAt: Type.String({ format: 'date-time' }),
  removedBy: Type.Optional(Type.String()),
  until: Type.String({ format: 'date-time', description: 'It can be restored before' }),
});

const Restored = Type.Object({ repository: Type.String(), digest: Digest, tags: Type.Array(Type.String()) });

const Purged = Type.Object({
  digests: Type.Array(Digest, { description: 'The content, and of a manifest what nothing else needs' }),
  manifests: Type.Array(
    Type.Object({
      repository: Type.String(),
      digest: Digest,
      tags: Type.Array(Type.String()),
      trashed: Type.Boolean(),
    }),
    { description: 'Manifests that need it, and so are removed' },
  ),
});

const Receipt = Type.Object(
  {
    statement: Type.String({ description: 'What was purged: JSON, base64' }),
    signature: Type.String({ description: 'Ed25519 over the bytes of the statement, base64' }),
    keyId: Type.String(),
    publicKey: Type.String({ description: 'SPKI, PEM' }),
  },
  { description: 'The proof of a purge' },
);

/** What was removed: bringing it back, and getting rid of it at once. */
export function trashRoutes(api: Api, registry: Registry): void {
  const { catalog, content, policy, events, manifests } = registry;
  const about = (operationId: string, summary: string) => ({ operationId, summary, tags: ['trash'] });

  api.get(
    '/trash',
    {
      schema: {
        ...about(
          'listTrash',
          'Removed manifests that can be restored, of repositories that the caller may delete from, latest first',
        ),
        querystring: Type.Object({
          repository: Type.Optional(Type.String()),
          limit: Type.Optional(Type.Integer({ minimum: 1, maximum: 1000, default: 100 })),
        }),
        response: { 200: listOf(Trashed) },
      },
    },
    async (request) => {
      const { repository, limit = 100 } = request.query;
      if (repository !== undefined) requirePermission(registry, request, 'delete', repository);
      const records: TrashRecord[] = [];
      for await (const record of listTrash(catalog.database, { repository })) {
        if (!registry.access.may(request.identity, 'delete', record.repository)) continue;
        records.push(record);
        if (records.length === limit) break;
      }
      return {
        items: records.map(({ repository: name, descriptor, tags, removedAt, removedBy }) =>
          defined({
            repository: name,
            digest: descriptor.digest,
            mediaType: descriptor.mediaType,
            size: descriptor.size,
            tags: [...tags],
            removedAt: removedAt.toISOString(),
            removedBy,
            until: new Date(removedAt.getTime() + policy.config.trashMs).toISOString(),
          }),
        ),
      };
    },
  );

  api.post(
    '/trash/restore',
    {
      schema: {
        ...about('restore', 'Bring back a removed manifest with its tags, or a removed tag'),
        body: Type.Object({ repository: Type.String(), reference: Type.String() }, { additionalProperties: false }),
        response: { 200: Restored },
      },
    },
    async (request) => {
      const { repository, reference } = request.body;
      requirePermission(registry, request, 'delete', repository);
      if (!isRepositoryName(repository) || !(isTag(reference) || isDigest(reference))) {
        throw new Refusal(400, 'USAGE', `"${repository}" and "${reference}" are not a repository and a tag or digest`);
      }
      const since = new Date(Date.now() - policy.config.trashMs);
      const restored = await restore(registry, apiActor(registry, request), repository, reference, { since });
      events.emit({
        kind: 'restore',
        repository,
        digest: restored.digest,
        actor: identityText(request.identity),
        at: new Date(),
        detail: { tags: restored.tags },
      });
      return { ...restored, tags: [...restored.tags] };
    },
  );

  api.post(
    '/purges',
    {
      schema: {
        ...about('purge', 'Remove content from everywhere, at once and for good, with every manifest that needs it'),
        body: Type.Object(
          {
            digest: Digest,
            reason: Type.String({ minLength: 1, maxLength: 1000 }),
            dryRun: Type.Optional(Type.Boolean({ description: 'Only tell what would go' })),
          },
          { additionalProperties: false },
        ),
        response: { 200: Purged, 201: Type.Object({ purge: Type.String(), receipt: Receipt }) },
      },
    },
    async (request, reply) => {
      requireAdministrator(registry, request);
      const { digest, reason, dryRun } = request.body;
      if (!isDigest(digest)) throw new Refusal(400, 'DIGEST_INVALID', `"${digest}" is not a digest`);
      if (dryRun === true) {
        const plan = await planPurge(catalog.database, digest);
        return reply.code(200).send({
          digests: [...plan.digests],
          manifests: plan.manifests.map((manifest) => ({ ...manifest, tags: [...manifest.tags] })),
        });
      }
      const done = await purgeContent({ catalog, content, manifests }, apiActor(registry, request), digest, reason);
      events.emit({
        kind: 'purge',
        repository: '',
        digest,
        actor: identityText(request.identity),
        at: new Date(),
        detail: { purge: done.purge, reason },
      });
      return reply.code(201).send({ purge: done.purge, receipt: { ...done.receipt } });
    },
  );

  api.get(
    '/purges/:purge',
    {
      schema: {
        ...about('getReceipt', 'The receipt of a purge'),
        params: Type.Object({ purge: Type.String() }),
        response: { 200: Receipt },
      },
    },
    async (request) => {
      requireAdministrator(registry, request);
      const receipt = await receiptOf(catalog.database, request.params.purge);
      if (receipt === undefined)
        throw new Refusal(404, 'UNSUPPORTED', `There is no receipt of ${request.params.purge}`);
      return JSON.parse(receipt); // as purge-content.ts wrote it
    },
  );
}
