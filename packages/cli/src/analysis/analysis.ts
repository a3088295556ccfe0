import {
  changeIn,
  diveFigures,
  type FileNode,
  type HiddenContent,
  type LayerChange,
  leftoversAmong,
  type PathHistory,
  pathHistory,
  shownContents,
  type Waste,
  wasteOf,
} from '@lading/filetree';
import type { Image } from '@lading/image';
import { type HistoryLine, historyOf } from '../history-lines.ts';
import type { LayerScan } from './layer-scan.ts';

/** What `lading analyze --json` shows of an image. Layers are numbered from 1, the lowest; sizes are bytes; paths have no leading slash. */
export interface Analysis {
  readonly digest: string;
  readonly size: {
    /** Of the layers as they are stored and transferred. */
    readonly stored: number;
    /** Of the uncompressed layers. */
    readonly uncompressed: number;
    /** Of the content of all files in all layers: what waste is a part of. */
    readonly files: number;
  };
  readonly layers: readonly AnalyzedLayer[];
  /** The share of the files' bytes that the image needs, 0 to 1. */
  readonly efficiency: number;
  readonly waste: {
    readonly bytes: number;
    /** Of `size.files`. */
    readonly percent: number;
    readonly hiddenBytes: number;
    readonly hidden: readonly Hidden[];
    readonly duplicateBytes: number;
    readonly duplicates: Waste['duplicates'];
  };
  /** The same as dive counts it; `wastedPercent` is of all layers but the lowest, and null where these are empty. */
  readonly dive: { readonly efficiency: number; readonly wastedBytes: number; readonly wastedPercent: number | null };
  readonly leftovers: ReturnType<typeof leftoversAmong>;
  readonly biggest: readonly { readonly path: string; readonly size: number; readonly layer: number }[];
  readonly setuid: readonly Privileged[];
}

export interface AnalyzedLayer {
  readonly number: number;
  readonly digest: string;
  readonly diffId: string;
  readonly stored: number;
  readonly uncompressed: number;
  readonly instruction?: string | undefined;
  /** Paths, directories not counted. */
  readonly added: number;
  readonly modified: number;
  readonly removed: number;
  /** Bytes of its files that the image does not show. */
  readonly hiddenBytes: number;
}

/** What one layer took away of what another brought. */
export interface Hidden {
  /** What was removed or replaced. */
  readonly path: string;
  readonly kind: 'removed' | 'replaced';
  /** The layer that carries the content. */
  readonly layer: number;
  /** The layer that hid it. */
  readonly by: number;
  readonly files: number;
  readonly size: number;
}

/** A file that gives who runs it rights of its own. */
export interface Privileged {
  readonly path: string;
  /** Octal, as in `4755`. */
  readonly mode: string;
  readonly uid: number;
  readonly gid: number;
  readonly capabilities: boolean;
  readonly layer: number;
}

/** How many of the biggest files are shown. */
const maxBiggest = 20;

/** Puts together what the scans of an image's layers tell, from the lowest up. */
export function analyze(image: Image, scans: readonly LayerScan[]): Analysis {
  const trees = scans.map(({ tree }) => tree);
  const history = pathHistory(trees);
  const waste = wasteOf(trees, history);
  const { efficiency, wastedBytes, userWastedRatio } = diveFigures(trees);
  const bytes = waste.hiddenBytes + waste.duplicateBytes;
  const contents = [...shownContents(history).values()];
  return {
    digest: image.descriptor.digest,
    size: {
      stored: image.layers.reduce((sum, { descriptor }) => sum + descriptor.size, 0),
      uncompressed: scans.reduce((sum, { size }) => sum + size, 0),
      files: waste.stored,
    },
    layers: layersOf(image, scans, history, waste),
    efficiency: waste.efficiency,
    waste: {
      bytes,
      percent: waste.stored === 0 ? 0 : (bytes / waste.stored) * 100,
      hiddenBytes: waste.hiddenBytes,
      hidden: grouped(waste.hidden),
      duplicateBytes: waste.duplicateBytes,
      duplicates: waste.duplicates,
    },
    dive: { efficiency, wastedBytes, wastedPercent: Number.isFinite(userWastedRatio) ? userWastedRatio * 100 : null },
    leftovers: leftoversAmong(contents),
    biggest: contents
      .toSorted((a, b) => b.size - a.size)
      .slice(0, maxBiggest)
      .map(({ path, size, layer = 0 }) => ({ path, size, layer: layer + 1 })),
    setuid: privileged(history),
  };
}

function layersOf(image: Image, scans: readonly LayerScan[], history: PathHistory, { hidden }: Waste): AnalyzedLayer[] {
  const counts = scans.map(() => ({ added: 0, modified: 0, removed: 0 }) satisfies Record<LayerChange, number>);
  const visit = (at: PathHistory): void => {
    for (const [index, { layer, node }] of at.versions.entries()) {
      const shown = node ?? at.versions[index - 1]?.node;
      const change = shown?.type === 'directory' ? undefined : changeIn(at, layer);
      if (change !== undefined) counts[layer]![change] += 1;
    }
    for (const child of at.children.values()) visit(child);
  };
  for (const child of history.children.values()) visit(child);
  const instructions = historyOf(image).filter(
    (line): line is HistoryLine & { layer: object } => line.layer !== undefined,
  );
  return image.layers.map(({ descriptor, diffId }, at) => ({
    number: at + 1,
    digest: descriptor.digest,
    diffId,
    stored: descriptor.size,
    uncompressed: scans[at]!.size,
    instruction: instructions[at]?.instruction,
    ...counts[at]!,
    hiddenBytes: hidden.reduce((sum, { layer, size }) => sum + (layer === at ? size : 0), 0),
  }));
}

/** One for each thing that a layer removed or replaced, the largest first. */
function grouped(hidden: readonly HiddenContent[]): Hidden[] {
  const groups = Map.groupBy(hidden, ({ layer, by }) => `${layer} ${by.layer} ${by.kind} ${by.path}`);
  return [...groups.values()]
    .map((contents) => {
      const { layer, by } = contents[0]!;
      const size = contents.reduce((sum, content) => sum + content.size, 0);
      return { path: by.path, kind: by.kind, layer: layer + 1, by: by.layer + 1, files: contents.length, size };
    })
    .sort((a, b) => b.size - a.size);
}

function privileged(history: PathHistory): Privileged[] {
  const found: FileNode[] = [];
  const visit = ({ versions, children }: PathHistory): void => {
    const node = versions.at(-1)?.node;
    if (node?.type === 'file' && ((node.mode & 0o6000) !== 0 || node.xattrs?.has('security.capability') === true)) {
      found.push(node);
    }
    for (const child of children.values()) visit(child);
  };
  visit(history);
  return found
    .sort((a, b) => (a.path < b.path ? -1 : 1))
    .map(({ path, mode, uid, gid, xattrs, layer = 0 }) => ({
      path,
      mode: mode.toString(8).padStart(4, '0'),
      uid,
      gid,
      capabilities: xattrs?.has('security.capability') === true,
      layer: layer + 1,
    }));
}
