import { createHash } from 'node:crypto';
import { type Bytes, type Io, tap } from '@lading/bytes';
import { LadingError } from '@lading/errors';
import { type ArchivedEntry, readTar } from '@lading/tar';

/** What a content is divided into, and about as long a piece may get. The format has no rule; smaller chunks are fetched quicker. */
const CHUNK_BYTES = 1 << 20;

/** A stretch of a file's content that begins a piece. */
export interface EstargzChunk {
  /** Counted over all pieces. */
  readonly piece: number;
  /** Within the file. */
  readonly offset: number;
  readonly size: number;
  /** SHA-256, in hexadecimal. */
  readonly digest: string;
}

/** An entry of the tar, and where its content went. */
export interface EstargzFile {
  readonly entry: Omit<ArchivedEntry, 'content'>;
  readonly chunks: readonly EstargzChunk[];
  /** Of the whole content; absent without one. */
  readonly digest?: string | undefined;
}

/**
 * The bytes of a tar, without those that end it, in pieces: each chunk of content begins one, the headers of what follows go along
 * with it. Every entry is reported before the piece that holds the end of it is asked for. Throws TAR_UNSUPPORTED for files with holes.
 */
export async function* estargzPieces(
  tar: Bytes,
  onFile: (file: EstargzFile) => void,
  io: Io = {},
): AsyncGenerator<Uint8Array, void, undefined> {
  const passed = new Passed();
  let piece: Uint8Array[] = [];
  let bytes = 0;
  let pieces = 0;
  let padding = 0;
  const cut = function* (): Generator<Uint8Array, void, undefined> {
    if (bytes === 0) return;
    yield Buffer.concat(piece);
    [piece, bytes] = [[], 0];
    pieces += 1;
  };
  const add = function* (part: Uint8Array): Generator<Uint8Array, void, undefined> {
    piece.push(part);
    bytes += part.byteLength;
    if (bytes >= 2 * CHUNK_BYTES) yield* cut();
  };

  for await (const { content, ...entry } of readTar(
    tap(tar, (chunk) => passed.push(chunk)),
    io,
  )) {
    if (entry.sparse) throw sparse(entry.path);
    yield* add(passed.take(entry.contentOffset - passed.offset));
    padding = 0;
    const chunks: EstargzChunk[] = [];
    if (entry.type !== 'file' || entry.size === 0) {
      onFile({ entry, chunks });
      continue;
    }
    const whole = createHash('sha256');
    let hash = createHash('sha256');
    let at = 0;
    const until = (): number => Math.min(entry.size, (chunks.length + 1) * CHUNK_BYTES);
    for await (const part of content) {
      whole.update(part);
      for (let from = 0; from < part.byteLength; ) {
        const size = Math.min(part.byteLength - from, until() - at);
        if (at === chunks.length * CHUNK_BYTES) yield* cut();
        hash.update(part.subarray(from, from + size));
        piece.push(passed.take(size));
        bytes += size;
        at += size;
        from += size;
        if (at < until()) continue;
        const offset = chunks.length * CHUNK_BYTES;
        chunks.push({ piece: pieces, offset, size: at - offset, digest: hash.digest('hex') });
        hash = createHash('sha256');
      }
    }
    padding = (512 - (entry.size % 512)) % 512;
    onFile({ entry, chunks, digest: whole.digest('hex') });
  }
  yield* add(passed.take(padding));
  yield* cut();
}

/** The bytes that went into a reader, until they are asked for. */
class Passed {
  #chunks: Buffer[] = [];
  #held = 0;
  /** Of the next byte. */
  offset = 0;

  push(chunk: Uint8Array): void {
    this.#chunks.push(Buffer.from(chunk));
    this.#held += chunk.byteLength;
  }

  take(bytes: number): Buffer {
    const parts: Buffer[] = [];
    let wanted = Math.min(bytes, this.#held);
    this.#held -= wanted;
    this.offset += wanted;
    while (wanted > 0) {
      const first = this.#chunks[0] as Buffer;
      parts.push(first.subarray(0, wanted));
      if (first.byteLength <= wanted) this.#chunks.shift();
      else this.#chunks[0] = first.subarray(wanted);
      wanted -= Math.min(wanted, first.byteLength);
    }
    return parts.length === 1 ? (parts[0] as Buffer) : Buffer.concat(parts);
  }
}

function sparse(path: string): LadingError {
  return new LadingError('TAR_UNSUPPORTED', `Cannot write an eStargz layer: ${path} is stored with holes`, {
    hint: 'Use gzip or zstd for this image.',
    details: { path },
  });
}
