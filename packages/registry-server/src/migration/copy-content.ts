import type { Io } from '@lading/bytes';
import { isLadingError, throwIfAborted } from '@lading/errors';
import type { Digest } from '@lading/oci';
import { type ContentStore, put } from '@lading/store';
import { inParallel } from './in-parallel.ts';

export interface CopiedContents {
  /** Contents that were copied, and their bytes. */
  copied: number;
  bytes: number;
  /** Contents that were there already. */
  present: number;
  /** What cannot be copied because it is not what its digest says. */
  readonly damaged: Digest[];
}

const atOnce = 4;

/** Brings everything that one store has into another, each verified by its digest on the way. */
export async function copyContent(
  from: ContentStore,
  to: ContentStore,
  counts: CopiedContents,
  { signal, onProgress }: Io & { readonly onProgress?: ((counts: CopiedContents) => void) | undefined } = {},
): Promise<void> {
  await inParallel(from.list({ signal }), atOnce, async ({ digest, size }) => {
    throwIfAborted(signal);
    if ((await to.stat(digest, { signal })) !== undefined) {
      counts.present++;
      return;
    }
    try {
      await put(to, await from.open(digest, { signal, verify: false }), { digest, size }, { signal });
      counts.copied++;
      counts.bytes += size;
    } catch (error) {
      // Collected since it was listed.
      if (isLadingError(error, 'BLOB_NOT_FOUND')) return;
      if (!isLadingError(error, 'DIGEST_MISMATCH', 'SIZE_MISMATCH')) throw error;
      if (!counts.damaged.includes(digest)) counts.damaged.push(digest);
    }
    onProgress?.(counts);
  });
}
