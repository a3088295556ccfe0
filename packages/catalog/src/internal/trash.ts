import type { Digest } from '@lading/oci';
import type { Database, Row, Statements } from '../database/database.ts';
import type { Appliers } from '../ledger/applier.ts';
import type { LedgerRecord } from '../ledger/entry.ts';
import type { LedgerPage } from '../ledger/ledger.ts';
import { descriptorOf } from './descriptor-row.ts';
import { ensureRepository } from './repositories.ts';
import { reviewTrash } from './reviews.ts';

/** A manifest leaves the trash for good. One that is restored is recorded again, and that ends it too. */
export interface TrashEntry {
  readonly kind: 'trash.expired';
  readonly repository: string;
  readonly digest: Digest;
}

/** A manifest that was removed and can be restored. */
export interface TrashRecord {
  readonly repository: string;
  readonly descriptor: ReturnType<typeof descriptorOf>;
  /** Those that pointed to it when it was removed. */
  readonly tags: readonly string[];
  readonly removedAt: Date;
  readonly removedBy?: string | undefined;
}

/** Something that a manifest in the trash needs. */
export interface TrashPart {
  readonly digest: Digest;
  readonly kind: 'manifest' | 'config' | 'layer';
  readonly size: number;
}

/** Puts a manifest into the trash with what it needs. For the applier that removes it, before its rows go. */
export async function throwAway(
  statements: Statements,
  repositoryId: number,
  { at, by, entry }: Pick<LedgerRecord<{ readonly digest: Digest }>, 'at' | 'by' | 'entry'>,
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

/** False when it is not in the trash. */
export async function expireTrash(page: LedgerPage, repository: string, digest: Digest): Promise<boolean> {
  if ((await trashed(page, repository, digest)) === undefined) return false;
  await page.enter({ kind: 'trash.expired', repository, digest });
  return true;
}

export const trashAppliers: Appliers<TrashEntry> = {
  async 'trash.expired'(statements, { at, entry }) {
    const id = await ensureRepository(statements, entry.repository, at);
    await reviewTrash(statements, id, entry.digest, at);
    await takeFromTrash(statements, id, entry.digest);
  },
};

const select =
  'SELECT r.name, t.digest, t.size, t.media_type, t.tags, t.at, t.actor FROM trash t JOIN repositories r ON r.id = t.repository_id';

export async function trashed(
  statements: Pick<Statements, 'get'>,
  repository: string,
  digest: Digest,
): Promise<TrashRecord | undefined> {
  const row = await statements.get(`${select} WHERE r.name = ? AND t.digest = ?`, repository, digest);
  return row && recordOf(row);
}

/** What is in the trash, of one repository where given, latest first. */
export async function listTrash(
  statements: Pick<Statements, 'all'>,
  { repository, limit = 1000 }: { readonly repository?: string | undefined; readonly limit?: number | undefined } = {},
): Promise<readonly TrashRecord[]> {
  const rows =
    repository === undefined
      ? await statements.all(`${select} ORDER BY t.at DESC, t.digest LIMIT ?`, limit)
      : await statements.all(`${select} WHERE r.name = ? ORDER BY t.at DESC, t.digest LIMIT ?`, repository, limit);
  return rows.map(recordOf);
}

/** What was removed before that time, oldest first. */
export async function trashBefore(
  statements: Pick<Statements, 'all'>,
  before: Date,
  limit: number,
): Promise<readonly TrashRecord[]> {
  const rows = await statements.all(
    `${select} WHERE t.at < ? ORDER BY t.at, t.digest LIMIT ?`,
    before.toISOString(),
    limit,
  );
  return rows.map(recordOf);
}

export async function partsOfTrashed(
  statements: Pick<Statements, 'all'>,
  repository: string,
  digest: Digest,
): Promise<readonly TrashPart[]> {
  const rows = await statements.all(
    `SELECT p.digest, p.kind, p.size FROM trash_parts p JOIN repositories r ON r.id = p.repository_id
     WHERE r.name = ? AND p.manifest = ? ORDER BY p.digest`,
    repository,
    digest,
  );
  return rows.map((row) => ({
    digest: row.digest as Digest,
    kind: row.kind as TrashPart['kind'],
    size: Number(row.size),
  }));
}

/** A tag that was removed: its last move, with what it pointed to. */
export async function removedTag(
  database: Pick<Database, 'get'>,
  repository: string,
  tag: string,
): Promise<{ readonly digest: Digest; readonly at: Date } | undefined> {
  const row = await database.get(
    `SELECT h.digest, h.previous, h.at FROM tag_history h JOIN repositories r ON r.id = h.repository_id
     WHERE r.name = ? AND h.name = ? ORDER BY h.id DESC LIMIT 1`,
    repository,
    tag,
  );
  if (row === undefined || row.digest !== null || row.previous === null) return undefined;
  return { digest: row.previous as Digest, at: new Date(String(row.at)) };
}

function recordOf(row: Row): TrashRecord {
  return {
    repository: String(row.name),
    descriptor: descriptorOf(row),
    tags: JSON.parse(String(row.tags)) as string[], // written above
    removedAt: new Date(String(row.at)),
    ...(row.actor === null ? {} : { removedBy: String(row.actor) }),
  };
}
