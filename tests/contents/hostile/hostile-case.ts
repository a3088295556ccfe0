import { type Bytes, fromBuffer } from '@lading/bytes';
import type { ImageConfig } from '@lading/oci';
import type { TarEntryInput, TarHeader } from '@lading/tar';

export type Entries = Iterable<TarEntryInput> | AsyncIterable<TarEntryInput>;

/** An image that somebody made to harm whoever looks into it. */
export interface HostileCase {
  readonly name: string;
  /** From the lowest. They are asked for once, and may be made while they are written. */
  readonly layers: () => readonly Entries[];
  /** Members of the config beside those that tell the layers. */
  readonly config?: Partial<ImageConfig>;
  /** What some warning has to name: mostly the path. */
  readonly warned?: readonly string[];
  /** Names of packages that are found all the same. */
  readonly found?: readonly string[];
  /** What is said where the image as a whole is refused, with exit code 1. */
  readonly refused?: RegExp;
  /** Takes longer than a test of every day may. */
  readonly slow?: boolean;
  /** Hides or changes what other layers have, and so is an image of its own in every test. */
  readonly apart?: boolean;
  /** Megabytes that it may take; 256 unless told. */
  readonly megabytes?: number;
  /** Seconds that it may take; 60 unless told. */
  readonly seconds?: number;
}

const plain = { mode: 0o644, uid: 0, gid: 0, size: 0, mtime: 0 } as const;

export function file(path: string, text: string | Buffer = '', more: Partial<TarHeader> = {}): TarEntryInput {
  const content = Buffer.from(text);
  return { ...plain, path, type: 'file', ...more, size: content.length, content: fromBuffer(content) };
}

export function program(path: string, content: Buffer): TarEntryInput {
  return file(path, content, { mode: 0o755 });
}

/** A file of so many bytes that is never held whole: `piece` again and again, the last cut off. */
export function repeated(path: string, size: number, piece: string | Buffer): TarEntryInput {
  return { ...plain, path, type: 'file', size, content: repeat(size, Buffer.from(piece)) };
}

export function link(type: 'symlink' | 'hardlink', path: string, linkPath: string): TarEntryInput {
  return { ...plain, path, type, linkPath };
}

async function* repeat(size: number, piece: Buffer): Bytes {
  const times = Math.max(1, Math.ceil((256 << 10) / piece.length));
  const chunk = Buffer.concat(Array.from({ length: times }, () => piece));
  for (let left = size; left > 0; left -= chunk.length) yield left < chunk.length ? chunk.subarray(0, left) : chunk;
}
