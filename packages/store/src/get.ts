import { collect, type Io } from '@lading/bytes';
import type { ContentReader, Target } from './content-store.ts';
import { digestOfTarget } from './target.ts';

export interface GetOptions extends Io {
  /** Throws BYTES_LIMIT beyond this. */
  readonly maxBytes: number;
}

/** Small content as a whole, verified. Throws BLOB_NOT_FOUND, BYTES_LIMIT, DIGEST_MISMATCH, SIZE_MISMATCH. */
export async function get(store: ContentReader, target: Target, options: GetOptions): Promise<Buffer> {
  const bytes = await store.open(target, { signal: options.signal });
  return collect(bytes, { maxBytes: options.maxBytes, what: digestOfTarget(target) });
}
