import { mkdtemp, open, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, posix } from 'node:path';
import { type Bytes, decompress, detectCompression, fromFile, type Io, limit, SNIFF_BYTES } from '@lading/bytes';
import { isLadingError, messageOf } from '@lading/errors';
import type { Digest } from '@lading/oci';
import { readVerified } from '@lading/store';
import { type ArchivedEntry, readTar } from '@lading/tar';
import { archiveInvalid } from './archive-invalid.ts';

/** Where the content of a member lies in the uncompressed file. */
export interface Member {
  readonly offset: number;
  readonly size: number;
}

type Entry = Member & Pick<ArchivedEntry, 'type' | 'linkPath' | 'sparse'>;

export interface OpenArchiveFileOptions extends Io {
  /** Bound on what a compressed archive unpacks to. */
  readonly maxBytes?: number | undefined;
}

/** How many links may follow one another. */
const maxLinks = 32;

/**
 * A tar file whose members are read in any order: their offsets are noted once, and a compressed file is first unpacked to a temporary one.
 * Nothing is extracted; links are followed among the members alone.
 */
export class ArchiveFile {
  /** As it was named. */
  readonly path: string;
  readonly #file: string;
  readonly #temporary: string | undefined;
  readonly #entries: ReadonlyMap<string, Entry>;
  readonly #repeated: ReadonlySet<string>;

  private constructor(
    path: string,
    file: string,
    temporary: string | undefined,
    entries: ReadonlyMap<string, Entry>,
    repeated: ReadonlySet<string>,
  ) {
    this.path = path;
    this.#file = file;
    this.#temporary = temporary;
    this.#entries = entries;
    this.#repeated = repeated;
  }

  /** Throws FILE_NOT_FOUND, ARCHIVE_INVALID, BYTES_LIMIT, INTERRUPTED. */
  static async open(path: string, options: OpenArchiveFileOptions = {}): Promise<ArchiveFile> {
    let file = path;
    let temporary: string | undefined;
    try {
      if (await isCompressed(path, options)) {
        temporary = await mkdtemp(join(tmpdir(), `lading-archive-${process.pid}-`));
        file = join(temporary, 'archive.tar');
        await spool(
          limit(decompress(fromFile(path, options), options), options.maxBytes ?? Number.MAX_SAFE_INTEGER, path),
          file,
        );
      }
      const entries = new Map<string, Entry>();
      const repeated = new Set<string>();
      for await (const { path: name, type, linkPath, sparse, size, contentOffset } of readTar(
        fromFile(file, options),
        options,
      )) {
        if (entries.has(name) && type !== 'directory') repeated.add(name);
        entries.set(name, {
          type,
          sparse,
          size,
          offset: contentOffset,
          ...(linkPath === undefined ? {} : { linkPath }),
        });
      }
      return new ArchiveFile(path, file, temporary, entries, repeated);
    } catch (cause) {
      if (temporary !== undefined) await rm(temporary, { recursive: true, force: true });
      if (!isLadingError(cause, 'TAR_INVALID', 'TAR_UNSAFE', 'TAR_UNSUPPORTED', 'BYTES_CORRUPT')) throw cause;
      throw archiveInvalid(path, messageOf(cause), cause);
    }
  }

  has(name: string): boolean {
    return this.#entries.has(name);
  }

  /** Names of members that are files or links to one. */
  names(): Iterable<string> {
    return this.#entries.keys();
  }

  /** The content of a member, through links. Undefined when there is none. Throws ARCHIVE_INVALID for links that lead in a circle. */
  find(name: string): Member | undefined {
    let at = posix.normalize(name);
    for (let links = 0; links <= maxLinks; links++) {
      const entry = this.#entries.get(at);
      if (entry === undefined) return undefined;
      if (entry.sparse) throw archiveInvalid(this.path, `its member ${at} has holes`);
      if (entry.type === 'file') return { offset: entry.offset, size: entry.size };
      const { linkPath } = entry;
      if (linkPath === undefined) return undefined;
      at = entry.type === 'hardlink' ? posix.normalize(linkPath) : posix.join(posix.dirname(at), linkPath);
    }
    throw archiveInvalid(this.path, `the links from ${name} lead in a circle`);
  }

  /** A small member that must be there once: of two, programs could take different ones. Throws ARCHIVE_INVALID. */
  async read(name: string, maxBytes: number, io: Io = {}): Promise<Buffer> {
    if (this.#repeated.has(name)) throw archiveInvalid(this.path, `it has two members ${name}`);
    const member = this.find(name);
    if (member === undefined) throw archiveInvalid(this.path, `it has no member ${name}`);
    if (member.size > maxBytes) throw archiveInvalid(this.path, `its member ${name} has more than ${maxBytes} bytes`);
    const chunks: Buffer[] = [];
    for await (const chunk of this.stream(member, io)) chunks.push(Buffer.from(chunk));
    return Buffer.concat(chunks);
  }

  stream({ offset, size }: Member, io: Io = {}): Bytes {
    return fromFile(this.#file, { signal: io.signal, range: { start: offset, end: offset + size } });
  }

  /** A member that is to have a digest: what it throws when it has another comes at its end. */
  verified({ offset, size }: Member, digest: Digest, { signal }: Io = {}): Bytes {
    return readVerified(this.#file, { digest, size }, { offset, signal });
  }

  /** Removes the temporary file. Streams that are open may still end. */
  async close(): Promise<void> {
    if (this.#temporary !== undefined) await rm(this.#temporary, { recursive: true, force: true });
  }
}

async function isCompressed(path: string, io: Io): Promise<boolean> {
  for await (const first of fromFile(path, { ...io, range: { start: 0, end: SNIFF_BYTES } })) {
    return detectCompression(first) !== 'none';
  }
  return false;
}

/** Writes bytes to a new file, which need not survive a crash. */
export async function spool(bytes: Bytes, path: string): Promise<number> {
  const file = await open(path, 'wx', 0o600);
  let size = 0;
  try {
    for await (const chunk of bytes) {
      for (let at = 0; at < chunk.length; ) at += (await file.write(chunk, at)).bytesWritten;
      size += chunk.length;
    }
  } finally {
    await file.close();
  }
  return size;
}
