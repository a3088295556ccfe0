import { rename, rm } from 'node:fs/promises';
import { LadingError } from '@lading/errors';
import type { ContentReader, Journal } from '@lading/store';
import { openPostgres } from './database/postgres.ts';
import { type CatalogPlace, openCatalog } from './open-catalog.ts';

export type ReindexOptions = CatalogPlace & {
  readonly journal: Journal;
  readonly content: ContentReader;
};

export interface ReindexReport {
  /** Records of the journal that were applied. */
  readonly records: number;
  /** Where the former database is now, when there was one. */
  readonly former?: string;
}

/**
 * Builds the database anew from the journal and the content: the same tags, history and audit. A file is made beside the former one, which is
 * then set aside; a database of PostgreSQL must be empty. Nobody else may have it open. Throws CATALOG_EXISTS, JOURNAL_DAMAGED.
 */
export async function reindex(options: ReindexOptions): Promise<ReindexReport> {
  const { path, url, journal, content } = options;
  if (url !== undefined) {
    await assertEmpty(url);
    return { records: await build({ url }, journal, content) };
  }
  const fresh = `${path}.reindex`;
  for (const suffix of ['', '-wal', '-shm']) await rm(`${fresh}${suffix}`, { force: true });
  const records = await build({ path: fresh }, journal, content);
  const former = `${path}.${new Date().toISOString().replaceAll(':', '-')}`;
  let moved = false;
  for (const suffix of ['', '-wal', '-shm']) {
    const there = await rename(`${path}${suffix}`, `${former}${suffix}`).then(
      () => true,
      (error: NodeJS.ErrnoException) => (error.code === 'ENOENT' ? false : Promise.reject(error)),
    );
    moved ||= there;
  }
  // Closed, it has no log beside it. Should the names not survive a power loss, it is built again.
  await rename(fresh, path);
  return { records, ...(moved ? { former } : {}) };
}

async function build(place: CatalogPlace, journal: Journal, content: ContentReader): Promise<number> {
  const catalog = await openCatalog({ ...place, journal, content });
  try {
    return await catalog.ledger.position();
  } finally {
    await catalog.close();
  }
}

async function assertEmpty(url: string): Promise<void> {
  const database = await openPostgres(url);
  try {
    const table = await database.get("SELECT 1 AS found FROM pg_tables WHERE tablename = 'catalog_format'");
    if (table === undefined) return;
  } finally {
    await database.close();
  }
  throw new LadingError('CATALOG_EXISTS', 'Cannot build the catalog anew: the database has one', {
    hint: 'Make an empty database and name that one; keep the former until you have seen the new one.',
  });
}
