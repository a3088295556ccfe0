import type { Io } from '@lading/bytes';
import { throwIfAborted } from '@lading/errors';
import { type Digest, Digester } from '@lading/oci';
import type { SourceFile } from '../file-source.ts';

/**
 * What stands for files of a context in a cache key: names, types, modes, links and contents. Owners and times are the same for all of
 * them. Equal for a folder, a tar of it and a git checkout of it.
 */
export async function contextFingerprint(
  files: readonly SourceFile[],
  contentOf: (file: SourceFile) => Promise<Digest> | Digest,
  io: Io,
): Promise<Digest> {
  const digester = new Digester();
  for (const file of files) {
    throwIfAborted(io.signal);
    const { path, type, mode, linkPath = '' } = file;
    const content = type === 'file' ? await contentOf(file) : '';
    digester.update(`${JSON.stringify([path, type, mode, linkPath, content])}\n`);
  }
  return digester.digest();
}

/** What an explanation compares: type, mode, and content or target. */
export function contextMark({ type, mode, linkPath }: SourceFile, content: Digest | undefined): string {
  return `${type} ${mode.toString(8).padStart(4, '0')} ${type === 'file' ? content : (linkPath ?? '')}`;
}
