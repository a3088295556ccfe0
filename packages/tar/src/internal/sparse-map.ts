import { BLOCK, type BlockReader } from './block-reader.ts';
import { parseNumber } from './header-block.ts';
import { problem } from './problem.ts';

/** A stored piece of a sparse file: `length` bytes that belong at `offset` of the real file. */
export interface SparsePiece {
  readonly offset: number;
  readonly length: number;
}

export interface SparseMap {
  readonly realSize: number;
  readonly pieces: readonly SparsePiece[];
}

/** Real sizes beyond this are refused: a few bytes of archive must not be able to ask for years of zeros. */
const MAX_REAL_SIZE = 2 ** 40;

/** The map of an old GNU sparse header (type `S`), with its extension blocks. GNU tar manual §Old GNU Format. */
export async function readOldGnuMap(
  reader: BlockReader,
  header: Uint8Array,
  name: string,
  offset: number,
  maxBytes: number,
): Promise<SparseMap> {
  const pieces: SparsePiece[] = [];
  const add = (block: Uint8Array, start: number, count: number): void => {
    for (let at = start; at < start + count * 24; at += 24) {
      // An unused slot starts with a NUL. Slots never resume after one.
      if (block[at] === 0) return;
      pieces.push({
        offset: parseNumber(block, at, 12, name, offset, 'sparse offset'),
        length: parseNumber(block, at + 12, 12, name, offset, 'sparse length'),
      });
    }
  };
  add(header, 386, 4);
  const realSize = parseNumber(header, 483, 12, name, offset, 'real size');
  let isExtended = header[482] !== 0;
  let bytes = 0;
  while (isExtended) {
    bytes += BLOCK;
    if (bytes > maxBytes) throw problem('TAR_INVALID', name, offset, `its sparse map exceeds ${maxBytes} bytes`);
    const block = reader.take(BLOCK) ?? (await reader.read(BLOCK, 'a sparse map'));
    if (block === undefined) throw problem('TAR_INVALID', name, offset, 'the archive ends within its sparse map');
    add(block, 0, 21);
    isExtended = block[504] !== 0;
  }
  return { realSize, pieces };
}

/** The map of a PAX 1.0 sparse file, which stands as decimal lines in front of its content; and how many bytes it took. */
export async function readPaxMap(
  reader: BlockReader,
  stored: number,
  realSize: number,
  name: string,
  offset: number,
  maxBytes: number,
): Promise<{ map: SparseMap; consumed: number }> {
  const numbers: number[] = [];
  let wanted = 1;
  let value = 0;
  let digits = 0;
  let consumed = 0;
  while (numbers.length < wanted) {
    if (consumed + BLOCK > stored) throw problem('TAR_INVALID', name, offset, 'its sparse map is cut off');
    if (consumed + BLOCK > maxBytes) {
      throw problem('TAR_INVALID', name, offset, `its sparse map exceeds ${maxBytes} bytes`);
    }
    const block = reader.take(BLOCK) ?? (await reader.read(BLOCK, 'a sparse map'));
    if (block === undefined) throw problem('TAR_INVALID', name, offset, 'the archive ends within its sparse map');
    consumed += BLOCK;
    for (let at = 0; at < BLOCK && numbers.length < wanted; at += 1) {
      const byte = block[at]!;
      if (byte >= 0x30 && byte <= 0x39 && digits < 16) {
        value = value * 10 + byte - 0x30;
        digits += 1;
      } else if (byte === 0x0a && digits > 0) {
        if (numbers.length === 0) wanted = 1 + 2 * value;
        numbers.push(value);
        value = 0;
        digits = 0;
      } else {
        throw problem('TAR_INVALID', name, offset, 'its sparse map is not decimal lines');
      }
    }
  }
  return { map: { realSize, pieces: pair(numbers.slice(1)) }, consumed };
}

/** The map of PAX 0.0 and 0.1: offsets and lengths in turn, out of header records. */
export function pair(numbers: readonly number[]): SparsePiece[] {
  const pieces: SparsePiece[] = [];
  for (let at = 0; at + 1 < numbers.length; at += 2) {
    pieces.push({ offset: numbers[at]!, length: numbers[at + 1]! });
  }
  return pieces;
}

/** Throws TAR_INVALID unless the pieces ascend without overlap, lie within the file and add up to what is stored. */
export function checkMap(map: SparseMap, stored: number, name: string, offset: number): void {
  if (!Number.isSafeInteger(map.realSize) || map.realSize < 0 || map.realSize > MAX_REAL_SIZE) {
    throw problem('TAR_INVALID', name, offset, `its sparse size ${map.realSize} is out of range`);
  }
  let end = 0;
  let sum = 0;
  for (const piece of map.pieces) {
    if (piece.offset < end || piece.length < 0 || piece.offset + piece.length > map.realSize) {
      throw problem('TAR_INVALID', name, offset, 'its sparse map overlaps or reaches past its end');
    }
    end = piece.offset + piece.length;
    sum += piece.length;
  }
  if (sum !== stored) {
    throw problem('TAR_INVALID', name, offset, `its sparse map has ${sum} bytes, but ${stored} are stored`);
  }
}
