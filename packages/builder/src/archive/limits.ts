import type { Bytes } from '@lading/bytes';
import { LadingError } from '@lading/errors';

/** How much may come out of an archive that a build takes in: what goes beyond is taken for hostile. */
export interface ArchiveLimits {
  /** Files, folders and links. */
  readonly entries: number;
  /** Bytes after decompression, holes of sparse files filled. */
  readonly bytes: number;
  /** Bytes after decompression for each byte before; looked at from the first GiB on. */
  readonly ratio: number;
}

/** Far above what people put into images. gzip cannot reach the ratio; what can is looked at. */
export const defaultLimits: ArchiveLimits = { entries: 4_000_000, bytes: 128 * 2 ** 30, ratio: 1500 };

/** Nobody's disk is in danger below this, and text full of repetitions compresses well. */
const ratioFromBytes = 2 ** 30;

/** Counts what one archive gives, and throws BYTES_LIMIT at the first thing too many. */
export class ArchiveMeter {
  readonly #limits: ArchiveLimits;
  readonly #name: string;
  #packed = 0;
  #unpacked = 0;
  #entries = 0;
  #expanded = 0;

  /** `name` is how messages call the archive. */
  constructor(limits: ArchiveLimits, name: string) {
    this.#limits = limits;
    this.#name = name;
  }

  /** The bytes of the archive as they came. */
  packed(bytes: Bytes): Bytes {
    return counted(bytes, (size) => {
      this.#packed += size;
    });
  }

  /** For what is decompressed elsewhere: how many bytes it has before. */
  packedSize(size: number): void {
    this.#packed += size;
  }

  /** The same after decompression. */
  unpacked(bytes: Bytes): Bytes {
    return counted(bytes, (size) => {
      this.#unpacked += size;
      this.#checkBytes(this.#unpacked);
      if (this.#unpacked > ratioFromBytes && this.#unpacked > this.#packed * this.#limits.ratio) {
        throw this.#beyond('ratio', `it grows to more than ${this.#limits.ratio} times its size`);
      }
    });
  }

  /** An entry, with the size of its content after filling holes. */
  entry(size: number): void {
    this.#entries += 1;
    if (this.#entries > this.#limits.entries)
      throw this.#beyond('entries', `it holds more than ${this.#limits.entries} files`);
    this.#expanded += size;
    this.#checkBytes(this.#expanded);
  }

  #checkBytes(bytes: number): void {
    if (bytes > this.#limits.bytes) throw this.#beyond('bytes', `it holds more than ${this.#limits.bytes} bytes`);
  }

  #beyond(limit: keyof ArchiveLimits, fault: string): LadingError {
    return new LadingError('BYTES_LIMIT', `Cannot unpack ${this.#name}: ${fault}`, {
      hint: `It looks like an archive bomb. If you trust it, raise the bound with --unpack-limit ${limit}=N.`,
      details: { archive: this.#name, limit, most: this.#limits[limit] },
    });
  }
}

async function* counted(bytes: Bytes, count: (size: number) => void): AsyncGenerator<Uint8Array, void, undefined> {
  for await (const chunk of bytes) {
    count(chunk.byteLength);
    yield chunk;
  }
}
