import type { Io } from '@lading/bytes';
import { isLadingError } from '@lading/errors';
import { type Descriptor, isLayerType } from '@lading/oci';
import type { ContentReader } from '@lading/store';
import { Delta } from './delta.ts';
import { type Place, piecesOf } from './pieces.ts';
import { readSegments } from './read-segments.ts';
import { segmentId } from './segment.ts';

export interface DeltaSearch extends Io {
  /** Where the layer is. */
  readonly source: ContentReader;
  readonly layer: Descriptor;
  /** Where the similar layers are: files of this machine. */
  readonly local: ContentReader;
  /** Layers that may have much in common with it, the likeliest first. Nothing is asked of the source when there are none. */
  readonly similar: AsyncIterable<Descriptor> | Iterable<Descriptor>;
}

/** `unsupported`: the source gives content only as a whole. */
export type DeltaOutcome =
  | { readonly state: 'found'; readonly delta: Delta }
  | { readonly state: 'none' | 'unsupported'; readonly tableBytes: number; readonly requests: number };

/** For less than this the requests for its table cost more than they save. */
const MIN_LAYER_BYTES = 1 << 20;
/** Of the layer; below, it is fetched whole, in one request. */
const MIN_REUSED_SHARE = 0.1;
/** After so many similar layers in a row that have nothing to add, the others are not looked at. */
const MAX_FRUITLESS = 8;

/** Finds what of a layer is in similar layers that are here. Layers that cannot be read count as not similar. */
export async function findDelta(search: DeltaSearch): Promise<DeltaOutcome> {
  const { source, layer, local, signal } = search;
  const none = { state: 'none', tableBytes: 0, requests: 0 } as const;
  if (layer.size < MIN_LAYER_BYTES || !isLayerType(layer.mediaType)) return none;
  let wanted: Set<string> | undefined;
  let fruitless = 0;
  const found = new Map<string, Place>();
  let read: Awaited<ReturnType<typeof readSegments>> | undefined;
  for await (const similar of search.similar) {
    const { segments } = (await readLocal(local, similar, { signal })) ?? {};
    if (segments === undefined) continue;
    if (wanted === undefined) {
      try {
        read = await readSegments(source, layer, { signal });
      } catch (error) {
        if (isLadingError(error, 'RANGE_UNSUPPORTED')) return { ...none, state: 'unsupported', requests: 1 };
        throw error;
      }
      if (read.map === undefined) break;
      wanted = new Set(read.map.segments.map(segmentId));
    }
    const before = wanted.size;
    for (const segment of segments) {
      const id = segmentId(segment);
      if (wanted.delete(id)) found.set(id, { layer: similar, offset: segment.offset });
    }
    fruitless = wanted.size < before ? 0 : fruitless + 1;
    if (wanted.size === 0 || fruitless === MAX_FRUITLESS) break;
  }
  const { map, bytes: tableBytes = 0, requests = 0 } = read ?? {};
  if (map === undefined) return { state: 'none', tableBytes, requests };
  const delta = new Delta({ source, layer, local, pieces: piecesOf(map, found), tableBytes, tableRequests: requests });
  if (delta.reusedBytes < layer.size * MIN_REUSED_SHARE) return { state: 'none', tableBytes, requests };
  return { state: 'found', delta };
}

async function readLocal(local: ContentReader, layer: Descriptor, io: Io) {
  try {
    return (await readSegments(local, layer, io)).map;
  } catch (error) {
    if (isLadingError(error, 'INTERRUPTED')) throw error;
    return undefined;
  }
}
