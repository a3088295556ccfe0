import { homedir } from 'node:os';
import { join, resolve } from 'node:path';
import type { Catalog } from '@lading/catalog';
import { type Reference, repositoryOf } from '@lading/oci';
import type { Snapshots } from '@lading/runtime';
import type { DirectoryStore, Repository } from '@lading/store';
import type { OpenRegistry } from './lazy-content.ts';
import type { Origins } from './origins.ts';
import type { Progress } from './progress.ts';

/**
 * Where one user's images, build cache and snapshots lie. All local images share one content store; the catalog says which name
 * points to what.
 */
export interface Home {
  readonly folder: string;
  readonly content: DirectoryStore;
  readonly catalog: Catalog;
  /** Where content is that images here have and that was not needed yet. */
  readonly origins: Origins;
  /** Downloads and step results that may be deleted at any time. */
  readonly cacheFolder: string;
  readonly snapshotFolder: string;
  /** Records of builds. */
  readonly historyFolder: string;
  /** The local repository of a name such as `docker.io/library/alpine`. Opening what is not here yet fetches it. */
  repository(name: string): Repository;
  repositoryOf(reference: Reference): Repository;
  /** How registries are opened for what is fetched so; as this machine is set up unless told. */
  fetchWith(open: OpenRegistry): void;
  snapshots(): Promise<Snapshots>;
  close(): Promise<void>;
}

/** `--root`, else LADING_HOME, else lading/ in the user's data folder. */
export function homeFolder(root?: string): string {
  const chosen = root ?? process.env.LADING_HOME;
  if (chosen !== undefined && chosen !== '') return resolve(chosen);
  return join(process.env.XDG_DATA_HOME || join(homedir(), '.local/share'), 'lading');
}

export async function openHome(root?: string, progress?: Progress): Promise<Home> {
  const folder = homeFolder(root);
  const [{ openDirectoryStore }, { openCatalog }, { lazyContent }, { openOrigins }] = await Promise.all([
    import('@lading/store'),
    import('@lading/catalog'),
    import('./lazy-content.ts'),
    import('./origins.ts'),
  ]);
  const content = await openDirectoryStore(join(folder, 'content'));
  const catalog = await openCatalog({ path: join(folder, 'catalog.sqlite') });
  let snapshots: Promise<Snapshots> | undefined;
  const origins = openOrigins(join(folder, 'origins'));
  let openRegistry: OpenRegistry = async (reference) => (await import('./open-registry.ts')).openRegistryOf(reference);
  const lazy = lazyContent({ content, origins, progress, open: (reference) => openRegistry(reference) });
  const repository = (name: string): Repository => ({ name, content: lazy, references: catalog.references(name) });
  return {
    folder,
    content,
    catalog,
    origins,
    cacheFolder: join(folder, 'cache'),
    snapshotFolder: join(folder, 'snapshots'),
    historyFolder: join(folder, 'history'),
    repository,
    fetchWith: (open) => {
      openRegistry = open;
    },
    repositoryOf: (reference) => repository(repositoryOf(reference)),
    snapshots() {
      snapshots ??= openTidySnapshots(join(folder, 'snapshots'));
      return snapshots;
    },
    close: () => catalog.close(),
  };
}

/** Removes what runs that were killed left behind. When that fails, it is not the fault of what is asked for now. */
async function openTidySnapshots(folder: string): Promise<Snapshots> {
  const { openSnapshots } = await import('@lading/runtime');
  const snapshots = await openSnapshots(folder);
  await snapshots.prune().catch(() => {});
  return snapshots;
}
