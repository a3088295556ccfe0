import { dirname } from 'node:path';
import { isLadingError } from '@lading/errors';
import { type ContentReader, get, type Journal, makeFolder } from '@lading/store';
import type { Catalog } from './catalog.ts';
import type { Database } from './database/database.ts';
import { migrate } from './database/migrations.ts';
import { openSqlite } from './database/sqlite.ts';
import { createBlobs } from './internal/blobs.ts';
import { createManifests, removeManifest } from './internal/manifests.ts';
import { createPins } from './internal/pins.ts';
import { createReferences } from './internal/references.ts';
import { createRepositories } from './internal/repositories.ts';
import { createRetention } from './internal/retention.ts';
import { createTags, removeTag } from './internal/tags.ts';
import type { ManifestBytes } from './ledger/applier.ts';
import { createLedger } from './ledger/create-ledger.ts';
import { importCatalog } from './ledger/import-catalog.ts';
import { recover } from './ledger/recover.ts';

export type CatalogOptions = CatalogPlace & {
  /** What happens is written here before it is acknowledged; what is here and not in the database is applied now. It stays the caller's. */
  readonly journal?: Journal | undefined;
  /** Where the manifests of the journal are read when they are applied. */
  readonly content?: ContentReader | undefined;
  /** The clock; tests set it. */
  readonly now?: () => Date;
};

export type CatalogPlace =
  /** A file of SQLite, which is made with its folder where absent, or `:memory:`. */
  | { readonly path: string; readonly url?: undefined }
  /** A database of PostgreSQL, such as `postgres://user:password@host/database`; several replicas may share it. */
  | { readonly url: string; readonly path?: undefined };

/** Opens, and where needed makes or migrates, a catalog. The caller closes it. Throws CATALOG_FORMAT, JOURNAL_DAMAGED. */
export async function openCatalog(options: CatalogOptions): Promise<Catalog> {
  const { journal } = options;
  const database = await openDatabase(options, journal === undefined);
  const manifestBytes = bytesFrom(options.content);
  try {
    await migrate(database);
    if (journal !== undefined) {
      await importCatalog(database, journal);
      await recover(database, journal, manifestBytes);
    }
  } catch (error) {
    await database.close();
    throw error;
  }
  return createCatalog(database, { journal, manifestBytes, now: options.now ?? (() => new Date()) });
}

/** `sync`: the database alone has to keep what was committed. */
async function openDatabase({ path, url }: CatalogPlace, sync: boolean): Promise<Database> {
  if (url !== undefined) {
    const { openPostgres } = await import('./database/postgres.ts');
    return openPostgres(url);
  }
  if (path !== ':memory:') await makeFolder(dirname(path));
  return openSqlite(path, { sync });
}

function createCatalog(database: Database, options: Parameters<typeof createLedger>[1]): Catalog {
  const ledger = createLedger(database, options);
  const manifests = createManifests(database);
  const tags = createTags(database);
  ledger.watch(tags.forget);
  const { names, list, has } = createRepositories(database);
  return {
    ledger,
    database,
    references: (repository, by) => createReferences(repository, { manifests, tags, ledger }, by),
    repositories: list,
    repositoryNames: names,
    hasRepository: has,
    tags: tags.list,
    tagNames: tags.names,
    tagHistory: tags.history,
    removeTag: (repository, tag, expected, by) =>
      ledger.write(by, (page) => removeTag(page, repository, tag, expected)),
    manifest: manifests.get,
    referrers: manifests.referrers,
    removeManifest: (repository, digest, by) => ledger.write(by, (page) => removeManifest(page, repository, digest)),
    ...createBlobs(database, ledger),
    ...createPins(database, ledger),
    ...createRetention(database, ledger),
    async close() {
      await ledger.idle();
      await database.close();
    },
  };
}

/** No manifest has more than this: distribution-spec 1.1 asks registries for 4 MiB, and this one takes no more. */
const maxManifestBytes = 16 << 20;

function bytesFrom(content: ContentReader | undefined): ManifestBytes {
  return async (manifest) => {
    if (content === undefined) return undefined;
    try {
      return await get(content, manifest, { maxBytes: maxManifestBytes });
    } catch (error) {
      if (isLadingError(error, 'BLOB_NOT_FOUND')) return undefined;
      throw error;
    }
  };
}
