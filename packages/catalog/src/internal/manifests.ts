import {
  type Annotations,
  artifactTypeOf,
  type Descriptor,
  type Digest,
  type ManifestDocument,
  parseManifest,
} from '@lading/oci';
import type { ReferrersFilter } from '@lading/store';
import type { ManifestRecord } from '../catalog.ts';
import type { Database, Row } from '../database/database.ts';
import { descriptorOf } from './descriptor-row.ts';
import { pageRows, type Repositories } from './repositories.ts';

export interface Manifests {
  get(repository: string, digest: Digest): Promise<ManifestRecord | undefined>;
  remove(repository: string, digest: Digest): Promise<boolean>;
  record(repository: string, descriptor: Descriptor, bytes: Uint8Array): Promise<void>;
  referrers(repository: string, digest: Digest, filter?: ReferrersFilter): AsyncIterable<Descriptor>;
}

const columns = 'm.digest, m.size, m.media_type, m.artifact_type, m.subject, m.annotations, m.created_at';

export function createManifests(database: Database, repositories: Repositories, now: () => Date): Manifests {
  return {
    async get(repository, digest) {
      const row = await database.get(
        `SELECT ${columns} FROM manifests m JOIN repositories r ON r.id = m.repository_id WHERE r.name = ? AND m.digest = ?`,
        repository,
        digest,
      );
      if (row === undefined) return undefined;
      return {
        descriptor: descriptorOf(row),
        ...(row.subject === null ? {} : { subject: row.subject as Digest }),
        createdAt: new Date(String(row.created_at)),
      };
    },

    async remove(repository, digest) {
      return database.transaction(async (statements) => {
        const at = now().toISOString();
        await statements.run(
          `INSERT INTO tag_history (repository_id, name, digest, previous, at)
           SELECT t.repository_id, t.name, NULL, t.digest, ? FROM tags t JOIN repositories r ON r.id = t.repository_id
           WHERE r.name = ? AND t.digest = ?`,
          at,
          repository,
          digest,
        );
        await statements.run(
          `INSERT INTO tag_history (repository_id, name, digest, previous, at)
           SELECT p.repository_id, p.digest, NULL, p.digest, ? FROM pins p JOIN repositories r ON r.id = p.repository_id
           WHERE r.name = ? AND p.digest = ?`,
          at,
          repository,
          digest,
        );
        const removed = await statements.run(
          'DELETE FROM manifests WHERE digest = ? AND repository_id = (SELECT id FROM repositories WHERE name = ?)',
          digest,
          repository,
        );
        return removed > 0;
      });
    },

    async record(repository, descriptor, bytes) {
      const document = parseManifest(bytes, descriptor.mediaType);
      await database.transaction(async (statements) => {
        const id = await repositories.ensure(statements, repository);
        const { annotations, subject } = document.value;
        const at = now().toISOString();
        const added = await statements.run(
          `INSERT INTO manifests (repository_id, digest, size, media_type, artifact_type, subject, annotations, created_at, recorded_at)
           VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (repository_id, digest) DO NOTHING`,
          id,
          descriptor.digest,
          bytes.length,
          document.mediaType,
          artifactTypeOf(document) ?? null,
          subject?.digest ?? null,
          annotations === undefined ? null : JSON.stringify(annotations),
          at,
          at,
        );
        if (added === 0) {
          // Whoever records it again is about to name it: a sweep must leave it alone for a while.
          await statements.run(
            'UPDATE manifests SET recorded_at = ? WHERE repository_id = ? AND digest = ?',
            at,
            id,
            descriptor.digest,
          );
          return;
        }
        for (const [kind, child] of childrenOf(document)) {
          await statements.run(
            'INSERT INTO children (repository_id, parent, child, kind, size) VALUES (?, ?, ?, ?, ?) ON CONFLICT DO NOTHING',
            id,
            descriptor.digest,
            child.digest,
            kind,
            child.size,
          );
        }
      });
    },

    async *referrers(repository, digest, filter = {}) {
      let after = '';
      for (;;) {
        const rows = await database.all(
          `SELECT ${columns} FROM manifests m JOIN repositories r ON r.id = m.repository_id
           WHERE r.name = ? AND m.subject = ? AND m.digest > ? AND (? IS NULL OR m.artifact_type = ?)
           ORDER BY m.digest LIMIT ?`,
          repository,
          digest,
          after,
          filter.artifactType ?? null,
          filter.artifactType ?? null,
          pageRows,
        );
        for (const row of rows) yield referrerOf(row);
        if (rows.length < pageRows) return;
        after = String(rows.at(-1)?.digest);
      }
    },
  };
}

/** What a referrers list says of a manifest: distribution-spec 1.1 §listing referrers. */
function referrerOf(row: Row): Descriptor {
  return {
    ...descriptorOf(row),
    ...(row.artifact_type === null ? {} : { artifactType: String(row.artifact_type) }),
    ...(row.annotations === null ? {} : { annotations: JSON.parse(String(row.annotations)) as Annotations }),
  };
}

function childrenOf(document: ManifestDocument): readonly (readonly [kind: string, child: Descriptor])[] {
  if (document.kind === 'index') return document.value.manifests.map((child) => ['manifest', child] as const);
  return [['config', document.value.config], ...document.value.layers.map((layer) => ['layer', layer] as const)];
}
