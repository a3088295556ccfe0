import type { Digest } from '@lading/oci';
import type { Database } from '../database/database.ts';
import type { Ledger } from '../ledger/ledger.ts';
import type { ContentKind, Retention, RetentionWindow } from '../retention.ts';
import { descriptorOf } from './descriptor-row.ts';
import { withKept, withReached } from './retention-sql.ts';

export type RetentionQueries = Omit<Retention, 'pin' | 'unpin' | 'pins'>;

export function createRetention(database: Database, ledger: Ledger): RetentionQueries {
  return {
    async undoable() {
      const rows = await database.all(
        `SELECT r.name AS repository, h.name, h.digest, h.previous, h.at FROM tag_history h
         JOIN repositories r ON r.id = h.repository_id
         JOIN manifests m ON m.repository_id = h.repository_id AND m.digest = h.previous
         WHERE h.id = (SELECT max(l.id) FROM tag_history l WHERE l.repository_id = h.repository_id AND l.name = h.name)
         ORDER BY h.id DESC`,
      );
      return rows.map((row) => ({
        repository: String(row.repository),
        name: String(row.name),
        ...(row.digest === null ? {} : { digest: row.digest as Digest }),
        previous: row.previous as Digest,
        at: new Date(String(row.at)),
      }));
    },

    async names() {
      const rows = await database.all(
        `SELECT r.name AS repository, n.name, n.digest FROM repositories r JOIN (
           SELECT repository_id, name, digest FROM tags UNION ALL SELECT repository_id, NULL, digest FROM pins
         ) n ON n.repository_id = r.id ORDER BY r.name, n.name`,
      );
      return rows.map((row) => ({
        repository: String(row.repository),
        ...(row.name === null ? {} : { tag: String(row.name) }),
        digest: row.digest as Digest,
      }));
    },

    async holdings() {
      const rows = await database.all(
        `${withReached} SELECT DISTINCT root, digest, size FROM (
           SELECT r.root, m.digest, m.size FROM reached r
             JOIN manifests m ON m.repository_id = r.repository_id AND m.digest = r.digest
           UNION ALL SELECT r.root, c.child, c.size FROM reached r
             JOIN children c ON c.repository_id = r.repository_id AND c.parent = r.digest) held`,
      );
      return rows.map((row) => ({ root: row.root as Digest, digest: row.digest as Digest, size: Number(row.size) }));
    },

    async keptContent(window) {
      const rows = await database.all(
        `${withKept} SELECT digest, 'manifest' AS kind FROM kept
         UNION SELECT c.child, c.kind FROM kept k
           JOIN children c ON c.repository_id = k.repository_id AND c.parent = k.digest`,
        ...bounds(window),
      );
      return new Map(rows.map((row) => [row.digest as Digest, row.kind as ContentKind]));
    },

    async sweep({ held, dryRun, by, ...window }) {
      const swept = await ledger.write(by, async (page) => {
        const rows = await page.all(
          `${withKept} SELECT r.name, m.digest, m.size, m.media_type FROM manifests m
           JOIN repositories r ON r.id = m.repository_id WHERE NOT EXISTS (
             SELECT 1 FROM kept k WHERE k.repository_id = m.repository_id AND k.digest = m.digest)`,
          ...bounds(window),
        );
        const loose = rows.filter((row) => held?.has(row.digest as Digest) !== true);
        if (dryRun === true) return loose;
        for (const row of loose) {
          await page.enter({
            kind: 'manifest.removed',
            repository: String(row.name),
            digest: row.digest as Digest,
          });
        }
        return loose;
      });
      return swept.map((row) => ({ repository: String(row.name), descriptor: descriptorOf(row) }));
    },

    async holders(digest) {
      const rows = await database.all(
        `SELECT r.name, m.digest, m.media_type, m.size, 'manifest' AS kind FROM manifests m
           JOIN repositories r ON r.id = m.repository_id WHERE m.digest = ?
         UNION SELECT r.name, c.child, 'application/octet-stream', c.size, c.kind FROM children c
           JOIN repositories r ON r.id = c.repository_id WHERE c.child = ? AND c.kind <> 'manifest'
         ORDER BY 1`,
        digest,
        digest,
      );
      return rows.map((row) => ({
        repository: String(row.name),
        kind: row.kind as ContentKind,
        descriptor: descriptorOf(row),
      }));
    },

    async hasLinkedBlobs() {
      return (await database.get('SELECT 1 AS found FROM blobs LIMIT 1')) !== undefined;
    },
  };
}

function bounds({ undoSince, recordedSince }: RetentionWindow): readonly [string, string] {
  return [undoSince.toISOString(), recordedSince.toISOString()];
}
