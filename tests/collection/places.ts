import { join } from 'node:path';
import { type Catalog, openCatalog } from '@lading/catalog';
import { Secret } from '@lading/errors';
import { type ContentStore, openDirectoryJournal, openDirectoryStore } from '@lading/store';
import { openS3Journal, openS3Store } from '@lading/store/s3';
import type { S3Server } from '@lading/testkit';

export type OpenParts = () => Promise<{
  readonly content: ContentStore;
  readonly catalog: Catalog;
  close(): Promise<void>;
}>;

/** A folder with everything. */
export function inFolder(folder: string): OpenParts {
  return async () => {
    const content = await openDirectoryStore(join(folder, 'content'));
    const journal = await openDirectoryJournal(join(folder, 'journal'));
    const catalog = await openCatalog({ path: join(folder, 'catalog.sqlite'), journal, content });
    return {
      content,
      catalog,
      async close() {
        await catalog.close();
        await journal.close();
      },
    };
  };
}

/** A bucket and a database that replicas on many machines share. */
export function onServices(server: S3Server, url: string): OpenParts {
  const { endpoint, region, bucket, accessKeyId, secretAccessKey } = server;
  const credentials = { accessKeyId, secretAccessKey: new Secret(secretAccessKey) };
  return async () => {
    const options = { endpoint, region, bucket, credentials };
    const content = await openS3Store(options);
    const journal = await openS3Journal(options);
    const catalog = await openCatalog({ url, journal, content });
    return {
      content,
      catalog,
      async close() {
        await catalog.close();
        await journal.close();
        await content.close();
      },
    };
  };
}
