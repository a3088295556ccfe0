import type { Descriptor } from '@lading/oci';
import { type Segment, type SegmentMap, segmentId } from './segment.ts';

/** A stretch of the layer that is put together, and where it comes from. */
export type Piece = { readonly offset: number; readonly length: number } & (
  | { readonly from: 'source' }
  | { readonly from: 'tail'; readonly bytes: Uint8Array }
  | { readonly from: 'layer'; readonly layer: Descriptor; readonly layerOffset: number }
);

/** Where a segment lies in a layer that is here. */
export interface Place {
  readonly layer: Descriptor;
  readonly offset: number;
}

/** A request costs about as much as so many bytes: what is here but lies so shortly between what is not is fetched along. */
const GAP_BYTES = 2 * 1024;

/** The whole layer of `size` bytes, in order: what has a place is taken from there, what was read already from memory, the rest fetched. */
export function piecesOf({ segments, tail, tailOffset }: SegmentMap, found: ReadonlyMap<string, Place>): Piece[] {
  const here: Piece[] = [];
  for (const segment of segments) {
    const place = found.get(segmentId(segment));
    if (place !== undefined) addTo(here, segment, place);
  }
  here.push({ from: 'tail', offset: tailOffset, length: tail.byteLength, bytes: tail });
  const pieces: Piece[] = [];
  let at = 0;
  for (const piece of here) {
    const isGap = piece.from === 'layer' && piece.length <= GAP_BYTES && piece.offset > at;
    if (isGap) continue;
    if (piece.offset > at) pieces.push({ from: 'source', offset: at, length: piece.offset - at });
    pieces.push(piece);
    at = piece.offset + piece.length;
  }
  return pieces;
}

function addTo(pieces: Piece[], { offset, length }: Segment, place: Place): void {
  const last = pieces.at(-1);
  const continues =
    last?.from === 'layer' &&
    last.offset + last.length === offset &&
    last.layer.digest === place.layer.digest &&
    last.layerOffset + last.length === place.offset;
  if (continues) pieces[pieces.length - 1] = { ...last, length: last.length + length };
  else pieces.push({ from: 'layer', layer: place.layer, layerOffset: place.offset, offset, length });
}
