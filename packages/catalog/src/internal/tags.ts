import type { Descriptor, Digest } from '@lading/oci';
import { assertTaggable, manifestUnknown, type Page, refusal, type TagOptions, type TagOutcome } from '@lading/store';
import type { TagMove, TagRecord } from '../catalog.ts';
import type { Database } from '../database/database.ts';
import { descriptorOf } from './descriptor-row.ts';
import { pageRows } from './repositories.ts';
import { createTagCache } from './tag-cache.ts';

export interface Tags {
  resolve(repository: string, tag: string): Promise<Descriptor | undefined>;
  move(repository: string, tag: string, descriptor: Descriptor, options?: TagOptions): Promise<TagOutcome>;
  remove(repository: string, tag: string, expected?: Digest): Promise<Digest | undefined>;
  list(repository: string, page?: Page): AsyncIterable<TagRecord>;
  history(repository: string, tag: string): Promise<readonly TagMove[]>;
  /** Drops what was remembered, after a change that went past this object. */
  forget(): void;
}

const selectTag = `SELECT t.name, t.updated_at, m.digest, m.size, m.media_type FROM tags t
  JOIN repositories r ON r.id = t.repository_id
  JOIN manifests m ON m.repository_id = t.repository_id AND m.digest = t.digest
  WHERE r.name = ?`;

export function createTags(database: Database, now: () => Date): Tags {
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

    async move(repository, tag, descriptor, options = {}) {
      assertTaggable(tag);
      const outcome = await database.transaction<TagOutcome>(async (statements) => {
        const current = await statements.get(`${selectTag} AND t.name = ?`, repository, tag);
        const actual = current === undefined ? undefined : descriptorOf(current);
        const refused = refusal(actual, options.expected);
        if (refused !== undefined) return refused;
        const target = await statements.get(
          'SELECT m.repository_id AS id FROM manifests m JOIN repositories r ON r.id = m.repository_id WHERE r.name = ? AND m.digest = ?',
          repository,
          descriptor.digest,
        );
        if (target === undefined) throw manifestUnknown(tag, descriptor.digest);
        const at = now().toISOString();
        await statements.run(
          `INSERT INTO tags (repository_id, name, digest, updated_at) VALUES (?, ?, ?, ?)
           ON CONFLICT (repository_id, name) DO UPDATE SET digest = excluded.digest, updated_at = excluded.updated_at`,
          target.id ?? null,
          tag,
          descriptor.digest,
          at,
        );
        if (actual?.digest !== descriptor.digest) {
          await statements.run(
            'INSERT INTO tag_history (repository_id, name, digest, previous, at) VALUES (?, ?, ?, ?, ?)',
            target.id ?? null,
            tag,
            descriptor.digest,
            actual?.digest ?? null,
            at,
          );
        }
        return { tagged: true, ...(actual === undefined ? {} : { previous: actual }) };
      });
      cache.clear();
      return outcome;
    },

    async remove(repository, tag, expected) {
      const removed = await database.transaction(async (statements) => {
        const row = await statements.get(
          `DELETE FROM tags WHERE name = ? AND repository_id = (SELECT id FROM repositories WHERE name = ?)
           AND (? IS NULL OR digest = ?) RETURNING repository_id, digest`,
          tag,
          repository,
          expected ?? null,
          expected ?? null,
        );
        if (row === undefined) return undefined;
        await statements.run(
          'INSERT INTO tag_history (repository_id, name, digest, previous, at) VALUES (?, ?, NULL, ?, ?)',
          row.repository_id ?? null,
          tag,
          row.digest ?? null,
          now().toISOString(),
        );
        return row.digest as Digest;
      });
      cache.clear();
      return removed;
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

    async history(repository, tag) {
      const rows = await database.all(
        `SELECT h.digest, h.previous, h.at FROM tag_history h JOIN repositories r ON r.id = h.repository_id
         WHERE r.name = ? AND h.name = ? ORDER BY h.id DESC`,
        repository,
        tag,
      );
      return rows.map((row) => ({
        ...(row.digest === null ? {} : { digest: row.digest as Digest }),
        ...(row.previous === null ? {} : { previous: row.previous as Digest }),
        at: new Date(String(row.at)),
      }));
    },

    forget: () => cache.clear(),
  };
}
