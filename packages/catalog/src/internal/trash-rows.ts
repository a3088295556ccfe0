import type { Digest } from '@lading/oci';
import type { Statements } from '../database/database.ts';

/** The record of a removal, as far as the trash is concerned. */
interface Removal {
  readonly at: string;
  readonly by?: { readonly name: string } | undefined;
  readonly entry: { readonly digest: Digest };
}

/** Puts a manifest into the trash with what it needs. For the applier that removes it, before its rows go. */
export async function throwAway(
  statements: Statements,
  repositoryId: number,
  { at, by, entry }: Removal,
): Promise<void> {
  const tags = await statements.all(
    'SELECT name FROM tags WHERE repository_id = ? AND digest = ? ORDER BY name',
    repositoryId,
    entry.digest,
  );
  await statements.run('DELETE FROM trash WHERE repository_id = ? AND digest = ?', repositoryId, entry.digest);
  await statements.run(
    `INSERT INTO trash (repository_id, digest, size, media_type, tags, at, actor)
     SELECT repository_id, digest, size, media_type, ?, ?, ? FROM manifests WHERE repository_id = ? AND digest = ?`,
    JSON.stringify(tags.map(({ name }) => name)),
    at,
    by?.name ?? null,
    repositoryId,
    entry.digest,
  );
  await statements.run(
    `INSERT INTO trash_parts (repository_id, manifest, digest, kind, size)
     SELECT repository_id, parent, child, kind, size FROM children WHERE repository_id = ? AND parent = ?`,
    repositoryId,
    entry.digest,
  );
}

/** A manifest is there again. For the applier that records it. */
export async function takeFromTrash(statements: Statements, repositoryId: number, digest: Digest): Promise<void> {
  await statements.run('DELETE FROM trash WHERE repository_id = ? AND digest = ?', repositoryId, digest);
}
