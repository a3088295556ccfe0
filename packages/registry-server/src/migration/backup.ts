import type { Io } from '@lading/bytes';
import type { Digest } from '@lading/oci';
import { type CopiedContents, copyContent } from './copy-content.ts';
import { copyJournal } from './copy-journal.ts';
import type { Storage } from './storage.ts';

export interface BackupOptions extends Io {
  readonly from: Storage;
  readonly to: Storage;
  /** Removes from the backup what the registry does not have any more, purged parts of the journal included. */
  readonly prune?: boolean | undefined;
  readonly onProgress?: ((counts: CopiedContents) => void) | undefined;
}

export interface BackupReport {
  readonly contents: number;
  readonly bytes: number;
  readonly batches: number;
  readonly replaced: number;
  readonly pruned: number;
  /** What could not be saved because it is not what its digest says. */
  readonly damaged: readonly Digest[];
}

/**
 * Brings a backup up to date while the registry runs. A backup is the storage of a registry, content and journal, so that a registry can be
 * served from it at once; each run copies what is new, verified.
 *
 * Content is written before the journal says so: what the copied part of the journal refers to is there after a second look for content,
 * but for what was removed and collected meanwhile. Throws BACKUP_INVALID where the place holds the backup of another registry.
 */
export async function backUp({ from, to, prune = false, signal, onProgress }: BackupOptions): Promise<BackupReport> {
  const counts: CopiedContents = { copied: 0, bytes: 0, present: 0, damaged: [] };
  await copyContent(from.content, to.content, counts, { signal, onProgress });
  const { batches, replaced } = await copyJournal(from.journal, to.journal, { compare: prune, signal });
  await copyContent(from.content, to.content, counts, { signal, onProgress });
  let pruned = 0;
  if (prune) {
    for await (const { digest } of to.content.list({ signal })) {
      if ((await from.content.stat(digest, { signal })) !== undefined) continue;
      if (await to.content.delete(digest, { signal })) pruned++;
    }
  }
  return { contents: counts.copied, bytes: counts.bytes, batches, replaced, pruned, damaged: counts.damaged };
}
