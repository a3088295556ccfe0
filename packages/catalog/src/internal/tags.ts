import type { Descriptor, Digest } from '@lading/oci';
import { assertTaggable, manifestUnknown, type Page, refusal, type TagOptions, type TagOutcome } from '@lading/store';
import type { TagMove, TagRecord } from '../catalog.ts';
import type { Database } from '../database/database.ts';
import type { Appliers } from '../ledger/applier.ts';
import type { TagEntry } from '../ledger/catalog-entries.ts';
import type { LedgerRecord } from '../ledger/entry.ts';
import type { LedgerPage } from '../ledger/ledger.ts';
import { descriptorOf } from './descriptor-row.ts';
import { namePages } from './name-pages.ts';
import { ensureRepository, pageRows } from './repositories.ts';
import { createTagCache } from './tag-cache.ts';
import { insertMove } from './tag-history.ts';

export interface Tags {
  resolve(repository: string, tag: string): Promise<Descriptor | undefined>;
  list(repository: string, page?: Page): AsyncIterable<TagRecord>;
  /** Names alone, many at a time: they lie side by side in an index, what they point to does not. */
  names(repository: string, page?: Page): AsyncIterable<readonly string[]>;
  history(repository: string, tag: string): Promise<readonly TagMove[]>;
  /** Drops what records made untrue of what is remembered. */
  forget(records: readonly LedgerRecord[]): void;
}

const selectTag = `SELECT t.name, t.updated_at, m.digest, m.size, m.media_type FROM tags t
  JOIN repositories r ON r.id = t.repository_id
  JOIN manifests m ON m.repository_id = t.repository_id AND m.digest = t.digest
  WHERE r.name = ?`;

const selectNames = `SELECT t.name FROM tags t WHERE t.repository_id = (SELECT id FROM repositories WHERE name = ?)
  AND t.name > ? ORDER BY t.name LIMIT ?`;

export function createTags(database: Database): Tags {
  const cache = createTagCache(database);
  return {
    async resolve(repository, tag) {
      const known = cache.get(repository, tag);
      if (known !== undefined) return known;
      const { generation } = cache;
      const row = await database.get(`${selectTag} AND t.name = ?`, repository, tag);
      if (row === undefined) return undefined;
      const descriptor = descriptorOf(row);
      cache.set(repository, tag, descriptor, generation);
      return descriptor;
    },

    async *list(repository, page = {}) {
      let after = page.after ?? '';
      let left = page.limit ?? Number.POSITIVE_INFINITY;
      while (left > 0) {
        const limit = Math.min(left, pageRows);
        const rows = await database.all(
          `${selectTag} AND t.name > ? ORDER BY t.name LIMIT ?`,
          repository,
          after,
          limit,
        );
        for (const row of rows) {
          yield { name: String(row.name), descriptor: descriptorOf(row), updatedAt: new Date(String(row.updated_at)) };
        }
        if (rows.length < limit) return;
        left -= rows.length;
        after = String(rows.at(-1)?.name);
      }
    },

    names: (repository, page) => namePages(database, selectNames, [repository], page),

    async history(repository, tag) {
      const rows = await database.all(
        `SELECT h.digest, h.previous, h.at, h.actor FROM tag_history h JOIN repositories r ON r.id = h.repository_id
         WHERE r.name = ? AND h.name = ? ORDER BY h.id DESC`,
        repository,
        tag,
      );
      return rows.map((row) => ({
        ...(row.digest === null ? {} : { digest: row.digest as Digest }),
        ...(row.previous === null ? {} : { previous: row.previous as Digest }),
        at: new Date(String(row.at)),
        ...(row.actor === null ? {} : { by: String(row.actor) }),
      }));
    },

    forget(records) {
      for (const { entry } of records) {
        if (entry.kind === 'tag.moved' || entry.kind === 'tag.removed') cache.delete(entry.repository, entry.tag);
        else if (entry.kind === 'manifest.removed') cache.clear();
      }
    },
  };
}

/** Moves a tag to a manifest of the repository. Throws REFERENCE_NOT_FOUND when it has no such manifest, REFERENCE_INVALID. */
export async function moveTag(
  page: LedgerPage,
  repository: string,
  tag: string,
  digest: Digest,
  { expected }: Pick<TagOptions, 'expected'> = {},
): Promise<TagOutcome> {
  assertTaggable(tag);
  const [actual, target] = await Promise.all([
    tagTarget(page, repository, tag),
    page.get(
      'SELECT 1 AS found FROM manifests m JOIN repositories r ON r.id = m.repository_id WHERE r.name = ? AND m.digest = ?',
      repository,
      digest,
    ),
  ]);
  const refused = refusal(actual, expected);
  if (refused !== undefined) return refused;
  if (target === undefined) throw manifestUnknown(tag, digest);
  const previous = actual?.digest;
  await page.enter({ kind: 'tag.moved', repository, tag, digest, ...(previous === undefined ? {} : { previous }) });
  return { tagged: true, ...(actual === undefined ? {} : { previous: actual }) };
}

/** What a tag points to, for who decides by that what to enter. */
export async function tagTarget(page: LedgerPage, repository: string, tag: string): Promise<Descriptor | undefined> {
  const row = await page.get(`${selectTag} AND t.name = ?`, repository, tag);
  return row === undefined ? undefined : descriptorOf(row);
}

/** Removes a tag, only while it points to `expected` where that is given. What it pointed to; undefined when nothing was removed. */
export async function removeTag(
  page: LedgerPage,
  repository: string,
  tag: string,
  expected?: Digest,
): Promise<Digest | undefined> {
  const row = await page.get(
    'SELECT t.digest FROM tags t JOIN repositories r ON r.id = t.repository_id WHERE r.name = ? AND t.name = ?',
    repository,
    tag,
  );
  if (row === undefined || (expected !== undefined && row.digest !== expected)) return undefined;
  const previous = row.digest as Digest;
  await page.enter({ kind: 'tag.removed', repository, tag, previous });
  return previous;
}

export const tagAppliers: Appliers<TagEntry> = {
  async 'tag.moved'(statements, record) {
    const { repository, tag, digest, previous } = record.entry;
    const repositoryId = await ensureRepository(statements, repository, record.at);
    await Promise.all([
      statements.run(
        `INSERT INTO tags (repository_id, name, digest, updated_at) VALUES (?, ?, ?, ?)
         ON CONFLICT (repository_id, name) DO UPDATE SET digest = excluded.digest, updated_at = excluded.updated_at`,
        repositoryId,
        tag,
        digest,
        record.at,
      ),
      digest !== previous && insertMove(statements, record, { repositoryId, name: tag, digest, previous }),
    ]);
  },
  async 'tag.removed'(statements, record) {
    const { repository, tag, previous } = record.entry;
    const repositoryId = await ensureRepository(statements, repository, record.at);
    await statements.run('DELETE FROM tags WHERE repository_id = ? AND name = ?', repositoryId, tag);
    await insertMove(statements, record, { repositoryId, name: tag, previous });
  },
};
