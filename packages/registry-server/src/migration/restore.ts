import type { Io } from '@lading/bytes';
import type { Catalog } from '@lading/catalog';
import type { Digest } from '@lading/oci';
import type { ContentReader } from '@lading/store';
import { type CopiedContents, copyContent } from './copy-content.ts';
import { copyJournal } from './copy-journal.ts';
import type { Storage } from './storage.ts';

export interface RestoreOptions extends Io {
  readonly from: Storage;
  /** Of a registry that is empty, or of a restore that was broken off. */
  readonly to: Storage;
  readonly onProgress?: ((counts: CopiedContents) => void) | undefined;
}

/** Brings content, each verified, and then the journal; who opens the catalog next builds it. Throws BACKUP_INVALID. */
export async function restore({ from, to, signal, onProgress }: RestoreOptions): Promise<CopiedContents> {
  const counts: CopiedContents = { copied: 0, bytes: 0, present: 0, damaged: [] };
  await copyContent(from.content, to.content, counts, { signal, onProgress });
  await copyJournal(from.journal, to.journal, { signal });
  return counts;
}

export interface MissingContent {
  readonly digest: Digest;
  readonly repositories: readonly string[];
}

const pageRows = 1000;

/** What repositories have by the catalog, and the store does not. */
export async function* missingContent(
  { database, repositoriesOf, holders }: Pick<Catalog, 'database' | 'repositoriesOf' | 'holders'>,
  content: ContentReader,
): AsyncGenerator<MissingContent> {
  for (let after = ''; ; ) {
    const rows = await database.all(
      `SELECT digest FROM (SELECT digest FROM blobs UNION SELECT digest FROM manifests) c
       WHERE digest > ? ORDER BY digest LIMIT ?`,
      after,
      pageRows,
    );
    for (const row of rows) {
      const digest = row.digest as Digest; // written by the ledger alone
      if ((await content.stat(digest)) !== undefined) continue;
      const names = (await holders(digest)).map(({ repository }) => repository);
      yield { digest, repositories: [...new Set([...names, ...(await repositoriesOf(digest))])] };
    }
    const last = rows.at(-1);
    if (last === undefined || rows.length < pageRows) return;
    after = String(last.digest);
  }
}
