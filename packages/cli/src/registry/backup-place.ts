import { join, resolve } from 'node:path';
import { LadingError } from '@lading/errors';
import type { RegistryConfig } from '@lading/registry-server';
import { type RegistryParts, type RegistryPlace, registryPlace } from '../registry-parts.ts';

/** Where a backup lies: content and journal side by side, as a registry has them. The database is left alone. */
export function backupPlace(place: string, config: RegistryConfig): RegistryPlace {
  const isBucket = place.startsWith('s3://');
  const folder = resolve(place);
  return registryPlace({ root: folder, storage: isBucket ? place : join(folder, 'content') }, config);
}

/** Reads all of it. Throws BACKUP_INVALID. */
export async function checkBackup(
  { content, journal }: Pick<RegistryParts, 'content' | 'journal'>,
  signal: AbortSignal,
): Promise<void> {
  const { openCatalog, verifyJournal } = await import('@lading/catalog');
  const { missingContent } = await import('@lading/registry-server');
  const { damage } = await verifyJournal(journal, { signal });
  if (damage !== undefined) throw invalid(`its journal is damaged: ${damage}`);
  if ('verify' in content) {
    for await (const { path, problem } of content.verify({ signal })) throw invalid(`${path} is damaged (${problem})`);
  } else {
    for await (const { digest } of content.list({ signal })) {
      for await (const _ of await content.open(digest, { signal }));
    }
  }
  // As a restore would build it.
  const catalog = await openCatalog({ path: ':memory:', journal, content });
  try {
    for await (const { digest, repositories } of missingContent(catalog, content)) {
      throw invalid(`it lacks ${digest} of ${repositories.join(', ')}`);
    }
  } finally {
    await catalog.close();
  }
}

function invalid(why: string): LadingError {
  return new LadingError('BACKUP_INVALID', `The backup is not whole: ${why}`);
}
