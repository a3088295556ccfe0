import { createHash } from 'node:crypto';
import { closeSync, fstatSync, openSync, readSync } from 'node:fs';
import { LadingError, messageOf } from '@lading/errors';
import type { Digest } from '@lading/oci';
import { damaged } from './damaged.ts';
import { decodeHeader, type Header, headerLength, PREFIX_BYTES, type Section } from './header.ts';

/** A database file whose sections are read when they are first asked for, and compared with their checksums then. */
export class SectionFile {
  readonly header: Header;
  readonly digest: Digest;
  readonly size: number;
  readonly #file: number;
  readonly #start: number;
  readonly #sections: ReadonlyMap<string, Section>;

  /** Throws FILE_NOT_FOUND, FILE_UNREADABLE, ADVISORIES_DAMAGED, ADVISORIES_FORMAT. */
  constructor(path: string) {
    this.#file = openFile(path);
    try {
      this.size = fstatSync(this.#file).size;
      const length = headerLength(this.#read(0, PREFIX_BYTES));
      this.#start = PREFIX_BYTES + length;
      const { header, digest } = decodeHeader(this.#read(0, this.#start));
      this.header = header;
      this.digest = digest;
      this.#sections = new Map(header.sections.map((section) => [section.name, section]));
      for (const section of header.sections) this.#check(section);
    } catch (error) {
      closeSync(this.#file);
      throw error;
    }
  }

  has(name: string): boolean {
    return this.#sections.has(name);
  }

  /** The bytes of a section, verified; reads them each time it is called. */
  section(name: string): Buffer {
    const { offset, length, sha256 } = this.#find(name);
    const bytes = this.#read(this.#start + offset, length);
    if (createHash('sha256').update(bytes).digest('hex') !== sha256)
      throw damaged(`its section ${name} is not what its checksum says`);
    return bytes;
  }

  /** Some bytes of a section that has checksums of its own within. */
  part(name: string, start: number, end: number): Buffer {
    const { offset, length } = this.#find(name);
    if (start > end || end > length) throw damaged(`its section ${name} is cut off`);
    return this.#read(this.#start + offset + start, end - start);
  }

  close(): void {
    closeSync(this.#file);
  }

  #find(name: string): Section {
    const section = this.#sections.get(name);
    if (section === undefined) throw damaged(`it has no section ${name}`);
    return section;
  }

  #check({ name, offset, length }: Section): void {
    if (this.#start + offset + length > this.size) throw damaged(`the file ends before its section ${name}`);
  }

  #read(position: number, length: number): Buffer {
    if (position + length > this.size) throw damaged(`the file ends after ${this.size} bytes`);
    const bytes = Buffer.allocUnsafe(length);
    for (let at = 0; at < length; ) {
      const read = readSync(this.#file, bytes, at, length - at, position + at);
      if (read === 0) throw damaged(`the file ends after ${position + at} bytes`);
      at += read;
    }
    return bytes;
  }
}

function openFile(path: string): number {
  try {
    return openSync(path, 'r');
  } catch (cause) {
    const absent = cause instanceof Error && 'code' in cause && cause.code === 'ENOENT';
    throw new LadingError(
      absent ? 'FILE_NOT_FOUND' : 'FILE_UNREADABLE',
      `Cannot open the advisory database ${path}: ${absent ? 'there is no such file' : messageOf(cause)}`,
      { cause },
    );
  }
}
