import type { Descriptor, Digest } from '@lading/oci';
import type { Database, Row } from '../database/database.ts';
import { descriptorOf } from './descriptor-row.ts';

/** A manifest in the words of a list. */
export interface ListedManifest {
  readonly descriptor: Descriptor;
  readonly artifactType?: string | undefined;
  readonly subject?: Digest | undefined;
  readonly createdAt: Date;
  /** In byte order. */
  readonly tags: readonly string[];
}

/** What a manifest is made of. */
export interface ManifestPart {
  readonly digest: Digest;
  readonly kind: 'manifest' | 'config' | 'layer';
  readonly size: number;
}

const columns = 'm.digest, m.size, m.media_type, m.artifact_type, m.subject, m.created_at';

/** Manifests of a repository in byte order of their digests; with `digest`, that one alone. */
export async function listManifests(
  database: Database,
  repository: string,
  page: { readonly after?: string | undefined; readonly limit: number; readonly digest?: Digest | undefined },
): Promise<readonly ListedManifest[]> {
  const rows = await database.all(
    `SELECT ${columns} FROM manifests m JOIN repositories r ON r.id = m.repository_id
     WHERE r.name = ? AND m.digest > ? AND (CAST(? AS TEXT) IS NULL OR m.digest = ?) ORDER BY m.digest LIMIT ?`,
    repository,
    page.after ?? '',
    page.digest ?? null,
    page.digest ?? null,
    page.limit,
  );
  return Promise.all(
    rows.map(async (row) => {
      const tags = await database.all(
        `SELECT t.name FROM tags t JOIN repositories r ON r.id = t.repository_id
         WHERE r.name = ? AND t.digest = ? ORDER BY t.name`,
        repository,
        row.digest ?? null,
      );
      return { ...listed(row), tags: tags.map(({ name }) => String(name)) };
    }),
  );
}

/** In byte order of their digests. */
export async function manifestParts(
  database: Database,
  repository: string,
  digest: Digest,
): Promise<readonly ManifestPart[]> {
  const rows = await database.all(
    `SELECT c.child, c.kind, c.size FROM children c JOIN repositories r ON r.id = c.repository_id
     WHERE r.name = ? AND c.parent = ? ORDER BY c.child`,
    repository,
    digest,
  );
  return rows.map(({ child, kind, size }) => ({
    digest: child as Digest,
    kind: kind as ManifestPart['kind'],
    size: Number(size),
  }));
}

function listed(row: Row): Omit<ListedManifest, 'tags'> {
  return {
    descriptor: descriptorOf(row),
    ...(row.artifact_type === null ? {} : { artifactType: String(row.artifact_type) }),
    ...(row.subject === null ? {} : { subject: row.subject as Digest }),
    createdAt: new Date(String(row.created_at)),
  };
}
