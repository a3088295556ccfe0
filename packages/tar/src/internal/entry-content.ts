import { LadingError } from '@lading/errors';
import type { ArchivedContent } from '../entry.ts';
import type { BlockReader } from './block-reader.ts';
import { problem } from './problem.ts';
import type { SparseMap } from './sparse-map.ts';

/** What holes are made of; one buffer for all, never written to. */
const ZEROS = new Uint8Array(256 << 10);

/** The content of the entry at hand, straight from the archive's chunks. It can be read once, until the archive moves on. */
export class EntryContent implements ArchivedContent {
  readonly #reader: BlockReader;
  readonly #name: string;
  readonly #offset: number;
  readonly #map: SparseMap | undefined;
  #stored: number;
  #started = false;

  constructor(reader: BlockReader, name: string, offset: number, stored: number, map: SparseMap | undefined) {
    this.#reader = reader;
    this.#name = name;
    this.#offset = offset;
    this.#stored = stored;
    this.#map = map;
  }

  [Symbol.asyncIterator](): AsyncIterator<Uint8Array> {
    if (this.#started) {
      throw new LadingError(
        'TAR_INVALID',
        `Cannot read the content of tar entry ${JSON.stringify(this.#name)} again: an archive is read once, in order`,
      );
    }
    this.#started = true;
    return this.#map === undefined ? this.#plain(this.#stored) : this.#expanded(this.#map);
  }

  peek(least: number): Uint8Array | undefined {
    if (this.#started || this.#map !== undefined) return undefined;
    const start = this.#reader.peek(this.#stored);
    return start.length < least ? undefined : start;
  }

  /** Skips what was not read; there is nothing to wait for when that is at hand. Afterwards the content is closed. */
  finish(): Promise<void> | undefined {
    this.#started = true;
    const rest = this.#stored;
    this.#stored = 0;
    return this.#reader.pass(rest) ? undefined : this.#reader.skip(rest, this.#what());
  }

  async *#plain(length: number): AsyncGenerator<Uint8Array> {
    let missing = length;
    while (missing > 0) {
      if (this.#stored === 0) throw this.#movedOn();
      const part = await this.#reader.some(missing);
      if (part === undefined) {
        const reason = `the archive ends ${this.#stored} bytes before the end of its content`;
        throw problem('TAR_INVALID', this.#name, this.#offset, reason);
      }
      missing -= part.length;
      this.#stored -= part.length;
      yield part;
    }
  }

  async *#expanded(map: SparseMap): AsyncGenerator<Uint8Array> {
    let at = 0;
    for (const piece of map.pieces) {
      yield* zeros(piece.offset - at);
      yield* this.#plain(piece.length);
      at = piece.offset + piece.length;
    }
    yield* zeros(map.realSize - at);
  }

  #movedOn(): LadingError {
    const name = JSON.stringify(this.#name);
    return new LadingError('TAR_INVALID', `Cannot read the content of tar entry ${name}: the archive has moved on`);
  }

  #what(): string {
    return this.#name === '' ? 'tar entry' : `tar entry ${JSON.stringify(this.#name)}`;
  }
}

function* zeros(length: number): Generator<Uint8Array> {
  for (let missing = length; missing > 0; missing -= ZEROS.length) {
    yield missing < ZEROS.length ? ZEROS.subarray(0, missing) : ZEROS;
  }
}
