import {
  type Annotations,
  artifactTypeOf,
  type Descriptor,
  type Digest,
  isConfigType,
  type ManifestDocument,
  parseManifest,
} from '@lading/oci';
import type { ReferrersFilter } from '@lading/store';
import type { ManifestRecord } from '../catalog.ts';
import type { Database, Row, Statements } from '../database/database.ts';
import type { Appliers } from '../ledger/applier.ts';
import type { ManifestEntry } from '../ledger/catalog-entries.ts';
import type { LedgerPage } from '../ledger/ledger.ts';
import { descriptorOf } from './descriptor-row.ts';
import { ensureRepository, pageRows } from './repositories.ts';
import { reviewManifest } from './reviews.ts';
import { demandScan } from './scans.ts';
import { takeFromTrash, throwAway } from './trash-rows.ts';
import { countAdded, countRemoved } from './usage.ts';

export interface Manifests {
  get(repository: string, digest: Digest): Promise<ManifestRecord | undefined>;
  referrers(
    repository: string,
    digest: Digest,
    filter?: ReferrersFilter & { readonly after?: Digest | undefined },
  ): AsyncIterable<Descriptor>;
}

const columns = 'm.digest, m.size, m.media_type, m.artifact_type, m.subject, m.annotations, m.created_at';

export function createManifests(database: Database): Manifests {
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

    async *referrers(repository, digest, filter = {}) {
      let after: string = filter.after ?? '';
      for (;;) {
        const rows = await database.all(
          `SELECT ${columns} FROM manifests m JOIN repositories r ON r.id = m.repository_id
           WHERE r.name = ? AND m.subject = ? AND m.digest > ? AND (CAST(? AS TEXT) IS NULL OR m.artifact_type = ?)
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

/**
 * Makes a manifest part of a repository. Its bytes are in content already. One that is there is recorded again: whoever does that is about
 * to name it, so a sweep must leave it alone for a while. Throws MANIFEST_INVALID and whatever else parsing it does.
 */
export async function recordManifest(
  page: LedgerPage,
  repository: string,
  { digest, mediaType }: Descriptor,
  bytes: Uint8Array,
): Promise<void> {
  await page.enter({ kind: 'manifest.recorded', repository, digest, mediaType, size: bytes.length }, bytes);
}

/** Removes the manifest and the names that point to it, into the trash where it is to be `restorable`. False when the repository does not have it. */
export async function removeManifest(
  page: LedgerPage,
  repository: string,
  digest: Digest,
  { restorable }: { readonly restorable?: boolean | undefined } = {},
): Promise<boolean> {
  const found = await page.get(
    'SELECT 1 AS found FROM manifests m JOIN repositories r ON r.id = m.repository_id WHERE r.name = ? AND m.digest = ?',
    repository,
    digest,
  );
  if (found === undefined) return false;
  await page.enter({
    kind: 'manifest.removed',
    repository,
    digest,
    ...(restorable === undefined ? {} : { restorable }),
  });
  return true;
}

export const manifestAppliers: Appliers<ManifestEntry> = {
  async 'manifest.recorded'(statements, { at, entry }, bytesOf) {
    const { repository, digest, mediaType, size } = entry;
    const id = await ensureRepository(statements, repository, at);
    const known = await statements.run(
      'UPDATE manifests SET recorded_at = ? WHERE repository_id = ? AND digest = ?',
      at,
      id,
      digest,
    );
    if (known > 0) return;
    const bytes = await bytesOf({ mediaType, digest, size });
    // On replay a manifest may be gone that a later record removes: until then it is there by name.
    const document = bytes === undefined ? undefined : parseManifest(bytes, mediaType);
    const { annotations, subject } = document?.value ?? {};
    // Sent together: none needs the answer of another.
    const inserted = statements.run(
      `INSERT INTO manifests (repository_id, digest, size, media_type, artifact_type, subject, annotations, created_at, recorded_at)
       VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)`,
      id,
      digest,
      size,
      document?.mediaType ?? mediaType,
      (document && artifactTypeOf(document)) ?? null,
      subject?.digest ?? null,
      annotations === undefined ? null : JSON.stringify(annotations),
      at,
      at,
    );
    await Promise.all([
      inserted,
      document !== undefined && insertChildren(statements, id, digest, document),
      countAdded(statements, 'manifests', id, digest, size),
      takeFromTrash(statements, id, digest),
      document !== undefined && isImage(document) && demandScan(statements, digest, at),
    ]);
  },

  async 'manifest.removed'(statements, { at, by, entry }) {
    const id = await ensureRepository(statements, entry.repository, at);
    if (entry.restorable === true) await throwAway(statements, id, { at, by, entry });
    // A catalog without links of blobs, as a local store has, is collected in another manner.
    else if (entry.restorable === false || (await hasLinks(statements))) {
      await reviewManifest(statements, id, entry.digest, at, 'repository');
    }
    for (const names of [
      'SELECT repository_id, name, digest FROM tags',
      'SELECT repository_id, digest AS name, digest FROM pins',
    ]) {
      await statements.run(
        `INSERT INTO tag_history (repository_id, name, digest, previous, at, actor)
         SELECT n.repository_id, n.name, NULL, n.digest, ?, ? FROM (${names}) n
         WHERE n.repository_id = ? AND n.digest = ? ORDER BY n.name`,
        at,
        by?.name ?? null,
        id,
        entry.digest,
      );
    }
    const row = await statements.get(
      'SELECT size FROM manifests WHERE repository_id = ? AND digest = ?',
      id,
      entry.digest,
    );
    await statements.run('DELETE FROM manifests WHERE repository_id = ? AND digest = ?', id, entry.digest);
    if (row !== undefined) await countRemoved(statements, 'manifests', id, entry.digest, Number(row.size));
  },
};

/** By what its manifest says; not an index, whose images are recorded on their own. */
function isImage(document: ManifestDocument): boolean {
  return document.kind === 'manifest' && isConfigType(document.value.config.mediaType);
}

async function hasLinks(statements: Statements): Promise<boolean> {
  return (await statements.get('SELECT 1 AS found FROM blobs LIMIT 1')) !== undefined;
}

async function insertChildren(
  statements: Statements,
  repositoryId: number,
  parent: Digest,
  document: ManifestDocument,
): Promise<void> {
  const insert =
    'INSERT INTO children (repository_id, parent, child, kind, size) VALUES (?, ?, ?, ?, ?) ON CONFLICT DO NOTHING';
  await Promise.all(
    childrenOf(document).map(([kind, child]) =>
      statements.run(insert, repositoryId, parent, child.digest, kind, child.size),
    ),
  );
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
