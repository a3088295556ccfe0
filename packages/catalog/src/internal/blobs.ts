import type { Digest } from '@lading/oci';
import type { Catalog } from '../catalog.ts';
import type { Database } from '../database/database.ts';
import type { Appliers } from '../ledger/applier.ts';
import type { BlobEntry } from '../ledger/catalog-entries.ts';
import type { Ledger, LedgerPage } from '../ledger/ledger.ts';
import { ensureRepository } from './repositories.ts';
import { contentItself, review } from './reviews.ts';
import { countAdded, countRemoved } from './usage.ts';

export type Blobs = Pick<Catalog, 'linkBlob' | 'blob' | 'unlinkBlob' | 'repositoriesOf' | 'isReferenced'>;

const selectBlob =
  'SELECT b.size FROM blobs b JOIN repositories r ON r.id = b.repository_id WHERE r.name = ? AND b.digest = ?';

/** Which repository has which blob. A manifest's config and layers belong to the repository only when they were linked. */
export function createBlobs(database: Database, ledger: Ledger): Blobs {
  return {
    linkBlob: (repository, digest, size, by) =>
      ledger.write(by, async (page) => void (await linkBlob(page, repository, digest, size))),
    unlinkBlob: (repository, digest, by) => ledger.write(by, (page) => unlinkBlob(page, repository, digest)),

    async blob(repository, digest) {
      const row = await database.get(selectBlob, repository, digest);
      return row === undefined ? undefined : Number(row.size);
    },

    async repositoriesOf(digest) {
      const rows = await database.all(
        'SELECT r.name FROM blobs b JOIN repositories r ON r.id = b.repository_id WHERE b.digest = ? ORDER BY r.name',
        digest,
      );
      return rows.map((row) => String(row.name));
    },

    async isReferenced(digest) {
      const row = await database.get(
        `SELECT 1 AS found WHERE EXISTS (SELECT 1 FROM blobs WHERE digest = ?)
         OR EXISTS (SELECT 1 FROM manifests WHERE digest = ?) OR EXISTS (SELECT 1 FROM children WHERE child = ?)`,
        digest,
        digest,
        digest,
      );
      return row !== undefined;
    },
  };
}

/** Makes a blob part of a repository. False when it was already. */
export async function linkBlob(page: LedgerPage, repository: string, digest: Digest, size: number): Promise<boolean> {
  if ((await page.get(selectBlob, repository, digest)) !== undefined) return false;
  await page.enter({ kind: 'blob.linked', repository, digest, size });
  return true;
}

/** False when the repository does not have it. */
export async function unlinkBlob(page: LedgerPage, repository: string, digest: Digest): Promise<boolean> {
  if ((await page.get(selectBlob, repository, digest)) === undefined) return false;
  await page.enter({ kind: 'blob.unlinked', repository, digest });
  return true;
}

export const blobAppliers: Appliers<BlobEntry> = {
  async 'blob.linked'(statements, { at, entry }) {
    const id = await ensureRepository(statements, entry.repository, at);
    const linked = await statements.run(
      'INSERT INTO blobs (repository_id, digest, size, created_at, asked_at) VALUES (?, ?, ?, ?, ?) ON CONFLICT DO NOTHING',
      id,
      entry.digest,
      entry.size,
      at,
      at,
    );
    if (linked === 0) return;
    await Promise.all([
      countAdded(statements, 'blobs', id, entry.digest, entry.size),
      review(statements, id, entry.digest, at),
    ]);
  },
  async 'blob.unlinked'(statements, { at, entry }) {
    const { repository, digest } = entry;
    const row = await statements.get(
      'SELECT r.id, b.size FROM blobs b JOIN repositories r ON r.id = b.repository_id WHERE r.name = ? AND b.digest = ?',
      repository,
      digest,
    );
    if (row === undefined) return;
    await statements.run('DELETE FROM blobs WHERE repository_id = ? AND digest = ?', Number(row.id), digest);
    await countRemoved(statements, 'blobs', Number(row.id), digest, Number(row.size));
    await review(statements, contentItself, digest, at);
  },
};
