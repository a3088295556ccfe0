import type { Bytes } from '@lading/bytes';

export type EntryType = 'file' | 'directory' | 'symlink' | 'hardlink' | 'character' | 'block' | 'fifo';

/**
 * One member of an archive, independent of the dialect it was read from.
 *
 * Paths are relative, `/`-separated, without leading `./` or `/`, without a trailing `/`; the root itself is the empty string.
 * Names that are not UTF-8 survive: each offending byte 0x80–0xff is held as the lone surrogate U+DC80–U+DCFF
 * (`decodeName` and `encodeName`), so a path is always a string, comparable, and gives its exact bytes back.
 */
export interface TarHeader {
  readonly path: string;
  readonly type: EntryType;
  /** Permission bits including setuid, setgid and sticky: 0 to 0o7777. */
  readonly mode: number;
  readonly uid: number;
  readonly gid: number;
  /** Bytes of content after expanding holes; 0 for everything but files. */
  readonly size: number;
  /** Seconds since 1970; may be negative or have a fraction. */
  readonly mtime: number;
  /** The target: as written for a symlink, an archive path for a hard link. */
  readonly linkPath?: string;
  readonly userName?: string;
  readonly groupName?: string;
  readonly deviceMajor?: number;
  readonly deviceMinor?: number;
  /** Extended attributes by full name (`security.capability`). */
  readonly xattrs?: ReadonlyMap<string, Uint8Array>;
}

/**
 * A header with its content. While reading, content must be used before the next entry is asked for; what is not read is skipped.
 */
export interface TarEntry extends TarHeader {
  readonly content: Bytes;
}

/** The content of an entry as `readTar` gives it. */
export interface ArchivedContent extends Bytes {
  /**
   * The first bytes without reading them, as many as are at hand, for who wants the rest of few entries only. Undefined when fewer than
   * `least` are, when some were read, and for files with holes. They are the caller's until the next entry or chunk is asked for.
   */
  peek(least: number): Uint8Array | undefined;
}

/** An entry as `readTar` gives it: with its place in the uncompressed stream, so that it can be found again. */
export interface ArchivedEntry extends TarEntry {
  readonly content: ArchivedContent;
  /** Where the entry's first block starts, including the extension headers that belong to it: `readTar` can start here. */
  readonly offset: number;
  /** Where the content starts. For a sparse file these are the stored pieces, not the expanded content. */
  readonly contentOffset: number;
  /** True when the archive stores this file with holes; then only `content` has its real bytes. */
  readonly sparse: boolean;
}

/** What `writeTar` takes: a file of size 0 and everything but files needs no content. */
export interface TarEntryInput extends TarHeader {
  readonly content?: Bytes;
}
