import type { Statements } from '../database/database.ts';

/**
 * What a collection looks at next: links of blobs that were made or may have lost what needed them, and, with the repository 0, content that
 * may have lost its last repository. So a collection costs what changed, not what there is.
 */

/** In the place of a repository: the content itself. */
export const contentItself = 0;

const upsert = 'ON CONFLICT (repository_id, digest) DO UPDATE SET since = excluded.since';

/** Has the link of a blob looked at, or, with `contentItself`, content. For appliers. */
export async function review(statements: Statements, repositoryId: number, digest: string, at: string): Promise<void> {
  await statements.run(
    `INSERT INTO reviews (repository_id, digest, since) VALUES (?, ?, ?) ${upsert}`,
    repositoryId,
    digest,
    at,
  );
}

/** What a manifest needs. */
const parts = {
  repository: 'SELECT child AS digest FROM children WHERE repository_id = ? AND parent = ?',
  trash: 'SELECT digest FROM trash_parts WHERE repository_id = ? AND manifest = ?',
} as const;

/** Has the content looked at of a manifest that goes from a repository or its trash, and all that it needed. For appliers, before its rows go. */
export async function reviewManifest(
  statements: Statements,
  repositoryId: number,
  digest: string,
  at: string,
  from: keyof typeof parts,
): Promise<void> {
  await review(statements, contentItself, digest, at);
  // Where the repository has no link, as that of a sparse manifest, the content may be nobody's now.
  await statements.run(
    `INSERT INTO reviews (repository_id, digest, since)
     SELECT CASE WHEN EXISTS (SELECT 1 FROM blobs b WHERE b.repository_id = ? AND b.digest = p.digest) THEN CAST(? AS INTEGER) ELSE 0 END, p.digest, ?
     FROM (${parts[from]}) p WHERE true ${upsert}`,
    repositoryId,
    repositoryId,
    at,
    repositoryId,
    digest,
  );
}
