import { randomUUID } from 'node:crypto';
import { mkdirSync, readFileSync, renameSync, rmSync, statSync, utimesSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { decodeLayerIndex, encodeLayerIndex, type Layer, type LayerIndex } from '@lading/filetree';
import { type Digest, hexOf } from '@lading/oci';

/** What is in layers that an earlier build read, so that this one need not unpack them to know it. */
export interface LayerIndexes {
  find(diffId: Digest): LayerIndex | undefined;
  /** Undefined for a layer that has no index, see `encodeLayerIndex`. */
  keep(diffId: Digest, layer: Layer): LayerIndex | undefined;
}

/** The time of a file is that of its last use; it is written this seldom, in milliseconds. */
const usedWithin = 3_600_000;

/** Losing them costs time and nothing else; one that is damaged counts as lost. */
export function openLayerIndexes(cacheFolder: string): LayerIndexes {
  const pathOf = (diffId: Digest): string => join(cacheFolder, 'layers', `${hexOf(diffId)}.index`);
  return {
    find(diffId) {
      const path = pathOf(diffId);
      try {
        const index = decodeLayerIndex(readFileSync(path));
        const now = Date.now();
        if (now - statSync(path).mtimeMs > usedWithin) utimesSync(path, now / 1000, now / 1000);
        return index;
      } catch {
        return undefined;
      }
    },

    keep(diffId, layer) {
      const bytes = encodeLayerIndex(layer);
      if (bytes === undefined) return undefined;
      const path = pathOf(diffId);
      const draft = `${path}.${randomUUID()}.tmp`;
      try {
        mkdirSync(dirname(path), { recursive: true });
        writeFileSync(draft, bytes);
        renameSync(draft, path);
      } catch {
        // Such as a full disk: the layer is read again next time.
        rmSync(draft, { force: true });
      }
      return decodeLayerIndex(bytes);
    },
  };
}
