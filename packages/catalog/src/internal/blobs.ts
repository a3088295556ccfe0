import type { Catalog } from '../catalog.ts';
import type { Database } from '../database/database.ts';
import type { Repositories } from './repositories.ts';

export type Blobs = Pick<Catalog, 'linkBlob' | 'blob' | 'unlinkBlob' | 'repositoriesOf' | 'isReferenced'>;

/** Which repository has which blob. A manifest's config and layers belong to the repository only when they were linked. */
export function createBlobs(database: Database, repositories: Repositories, now: () => Date): Blobs {
  return {
    async linkBlob(repository, digest, size) {
      await database.transaction(async (statements) => {
        const id = await repositories.ensure(statements, repository);
        await statements.run(
          'INSERT INTO blobs (repository_id, digest, size, created_at) VALUES (?, ?, ?, ?) ON CONFLICT DO NOTHING',
          id,
          digest,
          size,
          now().toISOString(),
        );
      });
    },

    async blob(repository, digest) {
      const row = await database.get(
        'SELECT b.size FROM blobs b JOIN repositories r ON r.id = b.repository_id WHERE r.name = ? AND b.digest = ?',
        repository,
        digest,
      );
      return row === undefined ? undefined : Number(row.size);
    },

    async unlinkBlob(repository, digest) {
      const removed = await database.run(
        'DELETE FROM blobs WHERE digest = ? AND repository_id = (SELECT id FROM repositories WHERE name = ?)',
        digest,
        repository,
      );
      return removed > 0;
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
