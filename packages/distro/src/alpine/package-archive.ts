import { createHash } from 'node:crypto';
import { inflateRawSync } from 'node:zlib';
import type { Bytes } from '@lading/bytes';
import { LadingError, messageOf } from '@lading/errors';

/** Signatures and control files are a few KiB; indexes without their packing some MiB. */
const MAX_HEAD_BYTES = 16 << 20;
const FIRST_HEAD_BYTES = 64 << 10;

/** An `.apk` taken apart at the ends of its gzip members. apk-v2(5). */
export interface AlpineArchive {
  /** An uncompressed tar without an end: `.SIGN.*` files; undefined when it is not signed. */
  readonly signature: Buffer | undefined;
  /** An uncompressed tar: `.PKGINFO` and scripts. */
  readonly control: Buffer;
  /** `Q1` and the SHA-1 of the control part as it is stored, in base64: the package's identity, which its index has too. */
  readonly checksum: string;
  /** The control part as it is stored, which the signature covers. */
  readonly signed: Buffer;
  /** The data part as it is stored: a gzip of a tar. */
  readonly data: Bytes;
  /** Lets go of the stream, read or not. */
  close(): Promise<void>;
}

/** Takes a package apart; the data part is left to be read. Close the result. Throws PACKAGE_INVALID, and whatever the stream throws. */
export async function readAlpineArchive(bytes: Bytes): Promise<AlpineArchive> {
  const head = new Head(bytes);
  try {
    const first = await head.member();
    const isSigned = isSignature(first.content);
    const control = isSigned ? await head.member() : first;
    return {
      signature: isSigned ? first.content : undefined,
      control: control.content,
      checksum: `Q1${createHash('sha1').update(control.packed).digest('base64')}`,
      signed: control.packed,
      data: head.rest(),
      close: () => head.close(),
    };
  } catch (error) {
    await head.close();
    throw error;
  }
}

/** An `APKINDEX.tar.gz` taken apart: its signatures, the tar with `APKINDEX` in it, and what the signatures cover. */
export interface AlpineIndexArchive {
  readonly signature: Buffer | undefined;
  readonly tar: Buffer;
  readonly signed: Buffer;
}

/** Throws PACKAGE_INVALID. */
export async function readAlpineIndexArchive(data: Buffer): Promise<AlpineIndexArchive> {
  const first = memberOf(data, true);
  if (first === undefined) throw invalid('it ends too early');
  if (!isSignature(first.content)) return { signature: undefined, tar: first.content, signed: data };
  const signed = data.subarray(first.packed.length);
  const index = memberOf(signed, true);
  if (index === undefined) throw invalid('it ends after its signature');
  return { signature: first.content, tar: index.content, signed };
}

function isSignature(tar: Buffer): boolean {
  return tar.subarray(0, 6).toString('latin1') === '.SIGN.';
}

interface Member {
  readonly content: Buffer;
  /** The whole member as it is stored. */
  readonly packed: Buffer;
}

/** The start of a stream, read only as far as the members that were asked for. */
class Head {
  readonly #source: AsyncIterator<Uint8Array>;
  #buffer: Buffer = Buffer.alloc(0);
  #ended = false;

  constructor(bytes: Bytes) {
    this.#source = bytes[Symbol.asyncIterator]();
  }

  async member(): Promise<Member> {
    for (let wanted = FIRST_HEAD_BYTES; ; wanted *= 4) {
      await this.#fill(Math.min(wanted, MAX_HEAD_BYTES));
      const member = memberOf(this.#buffer, this.#ended || wanted >= MAX_HEAD_BYTES);
      if (member === undefined) continue;
      this.#buffer = this.#buffer.subarray(member.packed.length);
      return member;
    }
  }

  async *rest(): AsyncGenerator<Uint8Array, void, undefined> {
    if (this.#buffer.length > 0) yield this.#buffer;
    while (!this.#ended) {
      const next = await this.#source.next();
      if (next.done === true) this.#ended = true;
      else yield next.value;
    }
  }

  async close(): Promise<void> {
    if (this.#ended) return;
    this.#ended = true;
    await this.#source.return?.();
  }

  async #fill(size: number): Promise<void> {
    const parts = [this.#buffer];
    for (let have = this.#buffer.length; have < size && !this.#ended; ) {
      const next = await this.#source.next();
      if (next.done === true) this.#ended = true;
      else {
        // A chunk is only ours until the next one is asked for.
        parts.push(Buffer.from(next.value));
        have += next.value.length;
      }
    }
    if (parts.length > 1) this.#buffer = Buffer.concat(parts);
  }
}

/** The gzip member at the start; undefined when it goes on after the buffer, which `whole` does not allow. RFC 1952 §2.3. */
function memberOf(buffer: Buffer, whole: boolean): Member | undefined {
  const start = headerLength(buffer);
  try {
    if (start === undefined) throw new Error('unexpected end of file');
    const { buffer: content, engine } = inflateRawSync(buffer.subarray(start), {
      info: true,
      maxOutputLength: MAX_HEAD_BYTES * 8,
    }) as unknown as { buffer: Buffer; engine: { bytesWritten: number } };
    const end = start + engine.bytesWritten + 8;
    if (end > buffer.length) throw new Error('unexpected end of file');
    return { content, packed: buffer.subarray(0, end) };
  } catch (cause) {
    if (!whole && messageOf(cause).includes('unexpected end of file')) return undefined;
    throw invalid(`its gzip data is damaged (${messageOf(cause)})`, cause);
  }
}

function headerLength(buffer: Buffer): number | undefined {
  if (buffer.length < 10) return undefined;
  if (buffer.readUInt16BE(0) !== 0x1f8b || buffer[2] !== 8) throw invalid('it is not gzip data');
  const flags = buffer[3] ?? 0;
  let at = 10;
  if ((flags & 4) !== 0) {
    if (buffer.length < at + 2) return undefined;
    at += 2 + buffer.readUInt16LE(at);
  }
  // Name, comment: text that ends with a zero.
  for (const flag of [8, 16]) {
    if ((flags & flag) === 0) continue;
    const zero = buffer.indexOf(0, at);
    if (zero < 0) return undefined;
    at = zero + 1;
  }
  return (flags & 2) === 0 ? at : at + 2;
}

function invalid(fault: string, cause?: unknown): LadingError {
  return new LadingError('PACKAGE_INVALID', `Cannot read an Alpine package: ${fault}`, { cause });
}
