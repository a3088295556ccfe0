import { dirname } from 'node:path';
import { makeFolder } from '@lading/store';
import type { Catalog } from './catalog.ts';
import { migrate } from './database/migrations.ts';
import { openSqlite } from './database/sqlite.ts';
import { createBlobs } from './internal/blobs.ts';
import { createManifests } from './internal/manifests.ts';
import { createPins } from './internal/pins.ts';
import { createReferences } from './internal/references.ts';
import { createRepositories } from './internal/repositories.ts';
import { createRetention } from './internal/retention.ts';
import { createTags } from './internal/tags.ts';

export interface CatalogOptions {
  /** A file, which is made with its folder where absent, or `:memory:`. */
  readonly path: string;
  /** The clock; tests set it. */
  readonly now?: () => Date;
}

/** Opens, and where needed makes or migrates, a catalog. The caller closes it. Throws CATALOG_FORMAT. */
export async function openCatalog(options: CatalogOptions): Promise<Catalog> {
  if (options.path !== ':memory:') await makeFolder(dirname(options.path));
  const database = await openSqlite(options.path);
  try {
    await migrate(database);
  } catch (error) {
    await database.close();
    throw error;
  }
  const now = options.now ?? (() => new Date());
  const repositories = createRepositories(database, now);
  const manifests = createManifests(database, repositories, now);
  const tags = createTags(database, now);
  const blobs = createBlobs(database, repositories, now);
  return {
    references: (repository) => createReferences(repository, manifests, tags),
    repositories: repositories.list,
    hasRepository: repositories.has,
    tags: tags.list,
    tagHistory: tags.history,
    removeTag: tags.remove,
    manifest: manifests.get,
    async removeManifest(repository, digest) {
      const removed = await manifests.remove(repository, digest);
      tags.forget();
      return removed;
    },
    ...blobs,
    ...createPins(database, now),
    ...createRetention(database, tags.forget),
    close: () => database.close(),
  };
}
