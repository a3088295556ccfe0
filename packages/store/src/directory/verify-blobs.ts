import type { Io } from '@lading/bytes';
import { throwIfAborted } from '@lading/errors';
import type { Digest } from '@lading/oci';
import type { ContentFolders } from './content-folders.ts';
import type { Damage } from './damage.ts';
import { examineBlob } from './examine-blob.ts';
import { quarantineBlob } from './quarantine-blob.ts';
import type { SweepGate } from './sweep-gate.ts';
import { walkBlobs } from './walk-blobs.ts';

export interface VerifyOptions extends Io {
  /** Only these; all that the store holds unless told. */
  readonly digests?: Iterable<Digest> | AsyncIterable<Digest> | undefined;
  /** Moves damaged files to `damaged/`, so that the store no longer shows them and they can be brought again. */
  readonly quarantine?: boolean | undefined;
  readonly onProgress?: ((progress: VerifyProgress) => void) | undefined;
}

/** How much has been read. */
export interface VerifyProgress {
  readonly blobs: number;
  readonly bytes: number;
}

/** Reads and hashes content, with bounded memory, and names what is damaged. What comes, goes or is healed meanwhile is no damage. */
export async function* verifyBlobs(
  folders: ContentFolders,
  gate: SweepGate,
  options: VerifyOptions = {},
): AsyncGenerator<Damage, void, undefined> {
  let [blobs, bytes] = [0, 0];
  const onBytes = (count: number): void => {
    bytes += count;
    options.onProgress?.({ blobs, bytes });
  };
  for await (const found of options.digests ?? walkBlobs(folders)) {
    throwIfAborted(options.signal);
    if (typeof found !== 'string') {
      yield found;
      continue;
    }
    const examined = await examineBlob(folders, found, onBytes, options);
    blobs++;
    onBytes(0);
    if (examined === 'whole' || (examined === 'absent' && options.digests === undefined)) continue;
    const path = folders.blob(found);
    if (examined === 'absent') {
      yield { digest: found, path, problem: examined, size: 0 };
      continue;
    }
    const { problem, size, inode } = examined;
    const quarantined = options.quarantine === true ? await quarantineBlob(folders, gate, found, inode) : undefined;
    yield { digest: found, path, problem, size, quarantined };
  }
}
