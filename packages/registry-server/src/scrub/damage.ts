import type { Io } from '@lading/bytes';
import { isLadingError, messageOf } from '@lading/errors';
import type { Digest } from '@lading/oci';
import type { ContentStore, DirectoryStore } from '@lading/store';

/** Content that is not what its digest says, or cannot be read. */
export interface DamagedContent {
  readonly digest: Digest;
  readonly problem: string;
  /** Whether the store shows it to nobody any more. */
  readonly hidden: boolean;
}

export interface ExamineOptions extends Io {
  readonly onProgress: (read: { readonly blobs: number; readonly bytes: number }) => void;
}

/** Reads everything that the store holds. What a folder holds that is damaged is moved aside at once, for it must not be handed out. */
export async function* findDamage(
  content: ContentStore | DirectoryStore,
  options: ExamineOptions,
): AsyncGenerator<DamagedContent> {
  if ('verify' in content) {
    for await (const { digest, problem, quarantined } of content.verify({ ...options, quarantine: true })) {
      if (digest !== undefined) yield { digest, problem, hidden: quarantined !== undefined };
    }
    return;
  }
  let [blobs, bytes] = [0, 0];
  for await (const { digest } of content.list(options)) {
    try {
      for await (const chunk of await content.open(digest, options)) bytes += chunk.length;
    } catch (error) {
      // What went meanwhile was collected.
      if (isLadingError(error, 'BLOB_NOT_FOUND')) continue;
      if (!isLadingError(error, 'DIGEST_MISMATCH', 'SIZE_MISMATCH')) throw error;
      yield { digest, problem: messageOf(error), hidden: false };
    }
    blobs++;
    options.onProgress({ blobs, bytes });
  }
}
