import { type Bytes, collect, fromBuffer, type Io } from '@lading/bytes';
import { isLadingError } from '@lading/errors';
import { type Descriptor, sized } from '@lading/oci';
import type { ContentReader } from '@lading/store';
import type { Piece } from './pieces.ts';

export interface DeltaOptions {
  readonly source: ContentReader;
  readonly layer: Descriptor;
  readonly local: ContentReader;
  /** The whole layer, in order. */
  readonly pieces: readonly Piece[];
  readonly tableBytes: number;
  readonly tableRequests: number;
}

type SourcePiece = Extract<Piece, { from: 'source' }>;

/** Pieces up to this size are fetched ahead, so many of them at once; longer ones are streamed when it is their turn. */
const AHEAD_BYTES = 1 << 20;
const AHEAD = 6;

/**
 * A layer that is put together from pieces of layers that are here and what is missing from the source. Its bytes are as trustworthy as
 * those of any source: whoever takes them compares the digest of the whole, and takes the whole layer if that does not match.
 */
export class Delta {
  /** Bytes that are here. */
  readonly reusedBytes: number;
  /** Bytes that the source has to give, those of the table that was read included. */
  readonly wireBytes: number;
  /** Requests to the source, those for the table included. */
  readonly requests: number;
  /** Bytes that `open()` took from layers that are here, so far. */
  takenBytes = 0;
  readonly #options: DeltaOptions;

  constructor(options: DeltaOptions) {
    this.#options = options;
    const { pieces, tableBytes, tableRequests } = options;
    this.reusedBytes = sum(pieces.filter((piece) => piece.from === 'layer'));
    const fetched = pieces.filter((piece) => piece.from === 'source');
    this.wireBytes = tableBytes + sum(fetched);
    this.requests = tableRequests + fetched.length;
  }

  /** The layer from `offset` on, not verified. Throws what the source throws. */
  async *open(offset: number, io: Io = {}): AsyncGenerator<Uint8Array, void, undefined> {
    const pieces = this.#options.pieces
      .filter((piece) => piece.offset + piece.length > offset)
      .map((piece) => from(piece, Math.max(piece.offset, offset)));
    const stop = new AbortController();
    const signal = io.signal === undefined ? stop.signal : AbortSignal.any([io.signal, stop.signal]);
    const ahead = new Map<Piece, Promise<Bytes>>();
    const short = pieces.filter((piece) => piece.from === 'source' && piece.length <= AHEAD_BYTES).values();
    const fetchNext = (): void => {
      const piece = short.next().value as SourcePiece | undefined;
      if (piece === undefined) return;
      const bytes = this.#fetch(piece, { signal }).then(async (stream) =>
        fromBuffer(await collect(stream, { maxBytes: piece.length, what: this.#options.layer.digest, signal })),
      );
      // Reported when it is its turn, which may never come.
      bytes.catch(() => {});
      ahead.set(piece, bytes);
    };
    for (let count = 0; count < AHEAD; count++) fetchNext();
    try {
      for (const piece of pieces) {
        const fetched = ahead.get(piece);
        if (fetched === undefined) {
          yield* this.#open(piece, { signal });
          continue;
        }
        yield* this.#whole(await fetched, piece);
        ahead.delete(piece);
        fetchNext();
      }
    } finally {
      stop.abort();
      await Promise.allSettled(ahead.values());
    }
  }

  async *#open(piece: Piece, io: Io): Bytes {
    if (piece.from === 'tail') yield piece.bytes;
    else if (piece.from === 'layer') yield* this.#take(piece, io);
    else yield* this.#whole(await this.#fetch(piece, io), piece);
  }

  /** A similar layer may be deleted at any time; what cannot be read there is fetched. */
  async *#take(piece: Extract<Piece, { from: 'layer' }>, io: Io): Bytes {
    const { offset, length, layer, layerOffset } = piece;
    let taken = 0;
    try {
      const range = { start: layerOffset, end: layerOffset + length };
      for await (const chunk of await this.#options.local.open(layer, { ...io, range })) {
        yield chunk;
        taken += chunk.byteLength;
        this.takenBytes += chunk.byteLength;
      }
    } catch (error) {
      if (isLadingError(error, 'INTERRUPTED')) throw error;
    }
    if (taken < length) yield* this.#open({ from: 'source', offset: offset + taken, length: length - taken }, io);
  }

  /** A source that gives less, or more, than was asked for would shift all that follows. */
  #whole(bytes: Bytes, { length }: Piece): Bytes {
    return sized(bytes, { digest: this.#options.layer.digest, size: length });
  }

  #fetch({ offset, length }: { offset: number; length: number }, io: Io): Promise<Bytes> {
    const { source, layer } = this.#options;
    return source.open(layer, { ...io, range: { start: offset, end: offset + length }, seek: true });
  }
}

/** The piece without what comes before `offset`. */
function from(piece: Piece, offset: number): Piece {
  const left = offset - piece.offset;
  const rest = { offset, length: piece.length - left };
  if (piece.from === 'layer') return { ...piece, ...rest, layerOffset: piece.layerOffset + left };
  if (piece.from === 'tail') return { ...piece, ...rest, bytes: piece.bytes.subarray(left) };
  return { ...piece, ...rest };
}

function sum(pieces: readonly Piece[]): number {
  return pieces.reduce((total, { length }) => total + length, 0);
}
