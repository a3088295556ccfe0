import { type Bytes, collect, type Io, tap } from '@lading/bytes';
import { isLadingError, messageOf } from '@lading/errors';
import { type Digest, isDigest, maxManifestBytes } from '@lading/oci';
import { parseLayoutVersion } from '@lading/store';
import { type ArchivedEntry, readTar } from '@lading/tar';
import { archiveInvalid } from './archive-invalid.ts';
import { decompressed } from './decompressed.ts';

export interface ReadLayoutStreamOptions extends Io {
  /** Names the archive in errors. */
  readonly where: string;
  /** Gets the bytes of index.json when they come; in archives of other programs often last. */
  readonly onIndex: (bytes: Uint8Array) => void;
  /** Gets each blob once and in its turn. Verifies it; what it does not read is lost. */
  readonly onBlob: (digest: Digest, size: number, bytes: Bytes) => Promise<void>;
}

/** Of a tar that is hostile; a layer is never split into so many. */
const maxBlobs = 200_000;
const blockBytes = 512;

/**
 * Reads a tar of an OCI layout from its first byte to its last, in one pass and without a temporary file. Plain or compressed.
 * OCI image-spec 1.1 §image-layout.
 *
 * Gives the names of members that are no part of a layout, at most ten. Throws ARCHIVE_INVALID for an archive that is damaged, cut off
 * (also before its last block), no OCI layout, or that has links, devices, sparse files or a member twice; LAYOUT_INVALID; BYTES_LIMIT
 * for one that unpacks without end; and what the callbacks throw.
 */
export async function readLayoutStream(bytes: Bytes, options: ReadLayoutStreamOptions): Promise<readonly string[]> {
  const { where, signal } = options;
  const strangers: string[] = [];
  const members = new Set<string>();
  let readBytes = 0;
  let endOfMembers = 0;
  const counted = tap(decompressed(bytes, { where, signal }), (chunk) => {
    readBytes += chunk.length;
  });
  try {
    for await (const entry of readTar(counted, { signal })) {
      endOfMembers = entry.contentOffset + Math.ceil(entry.size / blockBytes) * blockBytes;
      if (entry.type === 'directory') continue;
      assertPlain(entry, where);
      const what = partOf(entry.path);
      if (what === undefined) {
        if (strangers.length < 10) strangers.push(entry.path);
        continue;
      }
      if (members.has(entry.path)) throw archiveInvalid(where, `it has two members ${entry.path}`);
      if (members.size > maxBlobs) throw archiveInvalid(where, `it has more than ${maxBlobs} members`);
      members.add(entry.path);
      if (what === 'version') parseLayoutVersion(await small(entry, where), where);
      else if (what === 'index') options.onIndex(await small(entry, where));
      else await options.onBlob(what, entry.size, entry.content);
    }
  } catch (cause) {
    if (!isLadingError(cause, 'TAR_INVALID', 'TAR_UNSAFE', 'TAR_UNSUPPORTED', 'BYTES_CORRUPT')) throw cause;
    throw archiveInvalid(where, messageOf(cause), cause);
  }
  if (members.size === 0) throw archiveInvalid(where, noLayout(strangers));
  // Two zero blocks end a tar; without them nobody can tell whether members are missing.
  if (readBytes < endOfMembers + 2 * blockBytes)
    throw archiveInvalid(where, 'it is cut off: the end of the tar is missing');
  for (const name of ['oci-layout', 'index.json']) {
    if (!members.has(name)) throw archiveInvalid(where, `it has no ${name}`);
  }
  return strangers;
}

/** Which part of a layout a member is. */
function partOf(path: string): 'version' | 'index' | Digest | undefined {
  if (path === 'oci-layout') return 'version';
  if (path === 'index.json') return 'index';
  const [, algorithm, hex] = /^blobs\/([^/]+)\/([^/]+)$/.exec(path) ?? [];
  const digest = `${algorithm}:${hex}`;
  return isDigest(digest) ? digest : undefined;
}

function assertPlain({ type, path, sparse }: ArchivedEntry, where: string): void {
  if (type !== 'file') throw archiveInvalid(where, `its member ${path} is a ${type}`);
  if (sparse) throw archiveInvalid(where, `its member ${path} has holes`);
}

async function small({ path, size, content }: ArchivedEntry, where: string): Promise<Uint8Array> {
  if (size <= maxManifestBytes) return collect(content, { maxBytes: maxManifestBytes, what: path });
  throw archiveInvalid(where, `its member ${path} has more than ${maxManifestBytes} bytes`);
}

function noLayout(strangers: readonly string[]): string {
  return strangers.includes('manifest.json')
    ? 'it is a docker-archive, which has no digests to verify; read it with "lading load"'
    : 'it has neither oci-layout nor index.json';
}
