import { type PathHistory, pathHistory, wasteOf } from '@lading/filetree';
import type { Image } from '@lading/image';
import type { LayerScan } from '../analysis/layer-scan.ts';
import { historyOf } from '../history-lines.ts';

/** What the explorer shows: everything about an image but the content of its files. */
export interface ExploredImage {
  readonly name: string;
  readonly platform: string;
  /** From the lowest up; at least one. */
  readonly layers: readonly ExploredLayer[];
  readonly root: PathHistory;
  /** The share of the files' bytes that the image needs, 0 to 1. */
  readonly efficiency: number;
  readonly wastedBytes: number;
}

export interface ExploredLayer {
  readonly digest: string;
  readonly diffId: string;
  /** Bytes as stored. */
  readonly stored: number;
  /** Bytes of the uncompressed tar. */
  readonly size: number;
  /** Empty where the history does not tell. */
  readonly instruction: string;
}

/** Puts together what the scans of an image's layers tell, from the lowest up. */
export function exploredImage(
  image: Image,
  scans: readonly LayerScan[],
  shown: Pick<ExploredImage, 'name' | 'platform'>,
): ExploredImage {
  const trees = scans.map(({ tree }) => tree);
  const root = pathHistory(trees);
  const { efficiency, hiddenBytes, duplicateBytes } = wasteOf(trees, root);
  const instructions = historyOf(image).filter(({ layer }) => layer !== undefined);
  const layers = image.layers.map(({ descriptor, diffId }, at) => ({
    digest: descriptor.digest,
    diffId,
    stored: descriptor.size,
    size: scans[at]!.size,
    instruction: instructions[at]?.instruction ?? '',
  }));
  return { ...shown, layers, root, efficiency, wastedBytes: hiddenBytes + duplicateBytes };
}
