import { type Bytes, fromBuffer } from '@lading/bytes';
import type { TarEntryInput } from '@lading/tar';

/** A file of an archive that is written: the same for everybody, so that equal images give equal archives. */
export function archiveMember(
  path: string,
  content: Uint8Array | { readonly bytes: Bytes; readonly size: number },
): TarEntryInput {
  const file = { path, type: 'file', mode: 0o644, uid: 0, gid: 0, mtime: 0 } as const;
  if (content instanceof Uint8Array) return { ...file, size: content.length, content: fromBuffer(content) };
  return { ...file, size: content.size, content: content.bytes };
}

/** A folder of an archive that is written. */
export function archiveFolder(path: string): TarEntryInput {
  return { path, type: 'directory', mode: 0o755, uid: 0, gid: 0, mtime: 0, size: 0 };
}
