import { join, resolve } from 'node:path';
import type { Catalog, CatalogPlace } from '@lading/catalog';
import { LadingError, Secret } from '@lading/errors';
import type { RegistryConfig, ServerConfig } from '@lading/registry-server';
import type { DirectoryStore, Journal } from '@lading/store';
import type { S3Store } from '@lading/store/s3';
import type { Command } from 'commander';
import { type OptionValues, textOption } from './command.ts';
import { homeFolder } from './home.ts';

/** Where a registry lies: for the server, and for the verbs that work on its files. */
export interface RegistryParts {
  readonly content: DirectoryStore | S3Store;
  readonly journal: Journal;
  readonly catalog: Catalog;
  readonly place: RegistryPlace;
  close(): Promise<void>;
}

export interface RegistryPlace {
  /** What is nowhere else lies here. */
  readonly folder: string;
  /** A folder, or a bucket. */
  readonly storage: { readonly folder: string } | { readonly bucket: string; readonly prefix: string };
  /** `postgres://…`, which may hold a password, or the path of a SQLite file. */
  readonly database: Secret;
  readonly s3: ServerConfig['s3'];
}

/** Declares `--config`, `--database` and `--storage`; `--root` every command has. */
export function configureRegistryParts(command: Command): void {
  command
    .option('--config <file>', 'registry.yaml; options win over it')
    .option('--storage <place>', 'a folder, or s3://bucket/prefix (content/ in the registry folder)')
    .option('--database <place>', 'postgres://… or a SQLite file (catalog.sqlite in the registry folder)');
}

/** The configuration that `--config` names; everything as usual without. Throws FILE_NOT_FOUND, CONFIGURATION_INVALID. */
export async function registryConfig(options: OptionValues): Promise<RegistryConfig> {
  const { parseRegistryConfig, readRegistryConfig } = await import('@lading/registry-server');
  const path = textOption(options, 'config');
  return path === undefined ? parseRegistryConfig('') : readRegistryConfig(path);
}

/** Where the registry lies by options and configuration. Throws USAGE. */
export function registryPlace(options: OptionValues, { server }: RegistryConfig): RegistryPlace {
  const folder = textOption(options, 'root') ?? join(homeFolder(), 'registry');
  const storage = textOption(options, 'storage') ?? server.storage ?? join(folder, 'content');
  const option = textOption(options, 'database');
  const database = option === undefined ? server.database : new Secret(option);
  if (isUrl(storage) && !storage.startsWith('s3://')) {
    throw new LadingError('USAGE', `Cannot use the storage ${storage}: it is neither a folder nor a bucket`, {
      hint: 'Write a folder, or s3://bucket/prefix.',
    });
  }
  // Its text is not for messages: it may hold a password.
  if (database !== undefined && isUrl(database.reveal()) && !isPostgres(database.reveal())) {
    throw new LadingError('USAGE', 'Cannot use the database: it is a URL, but not one of PostgreSQL', {
      hint: 'Write postgres://USER@HOST/NAME, or the path of a SQLite file.',
    });
  }
  return {
    folder,
    storage: isUrl(storage) ? bucketOf(storage) : { folder: storage },
    database: database ?? new Secret(join(folder, 'catalog.sqlite')),
    s3: server.s3,
  };
}

/** Opens storage, journal and database. The caller closes them. */
export async function openRegistryParts(place: RegistryPlace): Promise<RegistryParts> {
  const closing: (() => Promise<void>)[] = [];
  const close = async (): Promise<void> => {
    for (const end of closing.splice(0).toReversed()) await end();
  };
  try {
    const { content, journal } = await openStorage(place, closing);
    const { openCatalog } = await import('@lading/catalog');
    const catalog = await openCatalog({ ...catalogPlace(place), journal, content });
    closing.push(() => catalog.close());
    return { content, journal, catalog, place, close };
  } catch (error) {
    await close();
    throw error;
  }
}

/** Opens storage and journal and leaves the database alone, for as long as `work` runs. */
export async function withRegistryStorage<T>(
  place: RegistryPlace,
  work: (storage: Pick<RegistryParts, 'content' | 'journal'>) => Promise<T>,
): Promise<T> {
  const closing: (() => Promise<void>)[] = [];
  try {
    return await work(await openStorage(place, closing));
  } finally {
    for (const end of closing.toReversed()) await end();
  }
}

/** Where the database lies. */
export function catalogPlace({ database }: RegistryPlace): CatalogPlace {
  const place = database.reveal();
  return isPostgres(place) ? { url: place } : { path: resolve(place) };
}

async function openStorage(
  { storage, s3 }: RegistryPlace,
  closing: (() => Promise<void>)[],
): Promise<{ content: DirectoryStore | S3Store; journal: Journal }> {
  if ('folder' in storage) {
    const { openDirectoryJournal, openDirectoryStore } = await import('@lading/store');
    const content = await openDirectoryStore(storage.folder);
    // Beside the content, so that whoever saves one has both.
    const journal = await openDirectoryJournal(resolve(storage.folder, '../journal'));
    closing.push(() => journal.close());
    return { content, journal };
  }
  const { openS3Journal, openS3Store } = await import('@lading/store/s3');
  const content = await openS3Store({ ...s3, ...storage });
  closing.push(() => content.close());
  const journal = await openS3Journal({ ...s3, ...storage });
  closing.push(() => journal.close());
  return { content, journal };
}

function bucketOf(url: string): { bucket: string; prefix: string } {
  const [, bucket = '', prefix = ''] = /^s3:\/\/([^/]+)\/?(.*)$/.exec(url) ?? [];
  if (bucket !== '') return { bucket, prefix };
  throw new LadingError('USAGE', `Cannot use the storage ${url}: it names no bucket`, {
    hint: 'Write s3://bucket or s3://bucket/prefix.',
  });
}

function isUrl(place: string): boolean {
  return /^[a-z][a-z0-9+.-]*:\/\//i.test(place);
}

function isPostgres(database: string): boolean {
  return /^postgres(?:ql)?:\/\//.test(database);
}
