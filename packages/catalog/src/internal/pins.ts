import type { Database } from '../database/database.ts';
import type { Appliers } from '../ledger/applier.ts';
import type { PinEntry } from '../ledger/catalog-entries.ts';
import type { Ledger } from '../ledger/ledger.ts';
import type { Retention } from '../retention.ts';
import { descriptorOf } from './descriptor-row.ts';
import { ensureRepository } from './repositories.ts';
import { insertMove } from './tag-history.ts';

export type Pins = Pick<Retention, 'pin' | 'unpin' | 'pins'>;

const selectPin =
  'SELECT 1 AS found FROM pins p JOIN repositories r ON r.id = p.repository_id WHERE r.name = ? AND p.digest = ?';

/** Pins have their history among that of tags, under their digest, which no tag can be called. */
export function createPins(database: Database, ledger: Ledger): Pins {
  return {
    pin: (repository, digest, by) =>
      ledger.write(by, async (page) => {
        const manifest = await page.get(
          `SELECT 1 AS found FROM manifests m JOIN repositories r ON r.id = m.repository_id
           WHERE r.name = ? AND m.digest = ?`,
          repository,
          digest,
        );
        if (manifest === undefined) return false;
        if ((await page.get(selectPin, repository, digest)) === undefined) {
          await page.enter({ kind: 'pin.added', repository, digest });
        }
        return true;
      }),

    unpin: (repository, digest, by) =>
      ledger.write(by, async (page) => {
        if ((await page.get(selectPin, repository, digest)) === undefined) return false;
        await page.enter({ kind: 'pin.removed', repository, digest });
        return true;
      }),

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

export const pinAppliers: Appliers<PinEntry> = {
  async 'pin.added'(statements, record) {
    const { repository, digest } = record.entry;
    const repositoryId = await ensureRepository(statements, repository, record.at);
    await statements.run(
      'INSERT INTO pins (repository_id, digest, pinned_at) VALUES (?, ?, ?) ON CONFLICT DO NOTHING',
      repositoryId,
      digest,
      record.at,
    );
    await insertMove(statements, record, { repositoryId, name: digest, digest });
  },
  async 'pin.removed'(statements, record) {
    const { repository, digest } = record.entry;
    const repositoryId = await ensureRepository(statements, repository, record.at);
    await statements.run('DELETE FROM pins WHERE repository_id = ? AND digest = ?', repositoryId, digest);
    await insertMove(statements, record, { repositoryId, name: digest, previous: digest });
  },
};
