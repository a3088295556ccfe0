import { existsSync } from 'node:fs';
import type { Io } from '@lading/bytes';
import type { Digest } from '@lading/oci';
import type { ContentStore } from '@lading/store';

/** Whether a store has content. Of a local file a look at once is several times quicker than waiting for a thread. */
export async function isHere(
  content: Pick<ContentStore, 'stat' | 'localPath'>,
  digest: Digest,
  io?: Io,
): Promise<boolean> {
  const path = content.localPath?.(digest);
  return path === undefined ? (await content.stat(digest, io)) !== undefined : existsSync(path);
}
