/** A stretch of a stored layer. One of another layer with the same key and length has the same bytes, or very probably so. */
export interface Segment {
  readonly offset: number;
  readonly length: number;
  readonly key: string;
}

/** What a layer says about itself at its end. */
export interface SegmentMap {
  readonly format: 'lading' | 'estargz' | 'zstd:chunked';
  /** In order, apart from each other, within the layer; they need not cover it. */
  readonly segments: readonly Segment[];
  /** Where the bytes begin that were read to know this; they reach to the end of the layer. */
  readonly tailOffset: number;
  readonly tail: Uint8Array;
}

/** Exactly these bytes of a stored layer. */
export type ReadRange = (range: { readonly start: number; readonly end: number }) => Promise<Buffer>;

/** Names a segment in a lookup. */
export function segmentId({ key, length }: Segment): string {
  return `${length} ${key}`;
}
