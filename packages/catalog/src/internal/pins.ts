import type { Database } from '../database/database.ts';
import type { Retention } from '../retention.ts';
import { descriptorOf } from './descriptor-row.ts';

export type Pins = Pick<Retention, 'pin' | 'unpin' | 'pins'>;

/** Pins have their history among that of tags, under their digest, which no tag can be called. */
export function createPins(database: Database, now: () => Date): Pins {
  return {
    async pin(repository, digest) {
      return database.transaction(async (statements) => {
        const at = now().toISOString();
        const manifest = await statements.get(
          `SELECT m.repository_id AS id FROM manifests m JOIN repositories r ON r.id = m.repository_id
           WHERE r.name = ? AND m.digest = ?`,
          repository,
          digest,
        );
        if (manifest === undefined) return false;
        const added = await statements.run(
          'INSERT INTO pins (repository_id, digest, pinned_at) VALUES (?, ?, ?) ON CONFLICT DO NOTHING',
          manifest.id ?? null,
          digest,
          at,
        );
        if (added === 0) return true;
        await statements.run(
          'INSERT INTO tag_history (repository_id, name, digest, previous, at) VALUES (?, ?, ?, NULL, ?)',
          manifest.id ?? null,
          digest,
          digest,
          at,
        );
        return true;
      });
    },

    async unpin(repository, digest) {
      return database.transaction(async (statements) => {
        const pin = await statements.get(
          `DELETE FROM pins WHERE digest = ? AND repository_id = (SELECT id FROM repositories WHERE name = ?)
           RETURNING repository_id`,
          digest,
          repository,
        );
        if (pin === undefined) return false;
        await statements.run(
          'INSERT INTO tag_history (repository_id, name, digest, previous, at) VALUES (?, ?, NULL, ?, ?)',
          pin.repository_id ?? null,
          digest,
          digest,
          now().toISOString(),
        );
        return true;
      });
    },

    async pins(repository) {
      const rows = await database.all(
        `SELECT m.digest, m.size, m.media_type, p.pinned_at FROM pins p JOIN repositories r ON r.id = p.repository_id
         JOIN manifests m ON m.repository_id = p.repository_id AND m.digest = p.digest
         WHERE r.name = ? ORDER BY p.digest`,
        repository,
      );
      return rows.map((row) => ({ descriptor: descriptorOf(row), pinnedAt: new Date(String(row.pinned_at)) }));
    },
  };
}
