import type { Digest } from '@lading/oci';
import type { Database, Row, Statements } from '../database/database.ts';
import type { Appliers } from '../ledger/applier.ts';
import type { LedgerPage } from '../ledger/ledger.ts';
import { descriptorOf } from './descriptor-row.ts';
import type { TrashEntry } from './policy-entries.ts';
import { ensureRepository } from './repositories.ts';
import { reviewManifest } from './reviews.ts';
import { takeFromTrash } from './trash-rows.ts';

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

/** False when it is not in the trash. */
export async function expireTrash(page: LedgerPage, repository: string, digest: Digest): Promise<boolean> {
  if ((await trashed(page, repository, digest)) === undefined) return false;
  await page.enter({ kind: 'trash.expired', repository, digest });
  return true;
}

export const trashAppliers: Appliers<TrashEntry> = {
  async 'trash.expired'(statements, { at, entry }) {
    const id = await ensureRepository(statements, entry.repository, at);
    await reviewManifest(statements, id, entry.digest, at, 'trash');
    await takeFromTrash(statements, id, entry.digest);
  },
};

const select =
  'SELECT r.name, t.repository_id, t.digest, t.size, t.media_type, t.tags, t.at, t.actor FROM trash t JOIN repositories r ON r.id = t.repository_id';

export async function trashed(
  statements: Pick<Statements, 'get'>,
  repository: string,
  digest: Digest,
): Promise<TrashRecord | undefined> {
  const row = await statements.get(`${select} WHERE r.name = ? AND t.digest = ?`, repository, digest);
  return row && recordOf(row);
}

/** Read at once. */
const rowsAtOnce = 500;

/** What is in the trash, of one repository where given, latest first. What goes there meanwhile is left out. */
export async function* listTrash(
  statements: Pick<Statements, 'all'>,
  { repository }: { readonly repository?: string | undefined } = {},
): AsyncGenerator<TrashRecord, void, undefined> {
  // No time that is written sorts behind this.
  let [at, digest, id]: readonly [string, string, number] = ['~', '', 0];
  for (;;) {
    const rows = await statements.all(
      `${select} WHERE (CAST(? AS TEXT) IS NULL OR r.name = ?) AND (t.at, t.digest, t.repository_id) < (?, ?, ?)
       ORDER BY t.at DESC, t.digest DESC, t.repository_id DESC LIMIT ?`,
      repository ?? null,
      repository ?? null,
      at,
      digest,
      id,
      rowsAtOnce,
    );
    yield* rows.map(recordOf);
    const last = rows.at(-1);
    if (last === undefined || rows.length < rowsAtOnce) return;
    [at, digest, id] = [String(last.at), String(last.digest), Number(last.repository_id)];
  }
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
