import type { FileNode } from '../file-node.ts';
import type { Layer } from '../layer.ts';
import type { PathHistory } from './path-history.ts';

/** Content that a layer carries and no path of the image shows any more. */
export interface HiddenContent {
  readonly path: string;
  /** Index of the layer that carries it. */
  readonly layer: number;
  /** Bytes. */
  readonly size: number;
  readonly by: {
    /** Index of the layer that hid it; the same where a layer has one path twice. */
    readonly layer: number;
    readonly kind: 'removed' | 'replaced';
    /** What was removed or replaced: this path, or a directory above. */
    readonly path: string;
  };
}

/** Content that the image shows and stores more than once. Hard links store it once. */
export interface DuplicateContent {
  readonly sha256: string;
  /** Bytes of one copy. */
  readonly size: number;
  /** One for each copy, in the order of the layers. */
  readonly paths: readonly string[];
  /** Bytes of all copies but one. */
  readonly wasted: number;
}

export interface Waste {
  /** Bytes of all files that all layers carry. */
  readonly stored: number;
  readonly hiddenBytes: number;
  /** The largest first. */
  readonly hidden: readonly HiddenContent[];
  readonly duplicateBytes: number;
  /** Those that waste most first. Found only in layers that were read with digests. */
  readonly duplicates: readonly DuplicateContent[];
  /** The share of the stored bytes that the image needs, 0 to 1; 1 for an image without files. */
  readonly efficiency: number;
}

/**
 * What layers carry in vain: content that the root file system of the image does not show, and further copies of what it does show.
 * Deleting a file in a later layer therefore never helps. Headers of the archive are not counted.
 */
export function wasteOf(layers: readonly Layer[], history: PathHistory): Waste {
  const shown = shownContents(history);
  const hidden = hiddenContents(layers, history, shown);
  const duplicates = duplicatesIn(shown.values());
  const stored = sumOf(layers.flatMap(({ entries }) => entries));
  const [hiddenBytes, duplicateBytes] = [sumOf(hidden), duplicates.reduce((sum, { wasted }) => sum + wasted, 0)];
  const efficiency = stored === 0 ? 1 : (stored - hiddenBytes - duplicateBytes) / stored;
  return { stored, hiddenBytes, hidden, duplicateBytes, duplicates, efficiency };
}

/** Each content that the image shows, once, by its place in the layers: of hard links the path of the file itself where it is shown. */
export function shownContents(history: PathHistory): ReadonlyMap<string, FileNode> {
  const shown = new Map<string, FileNode>();
  const visit = ({ versions, children }: PathHistory): void => {
    const node = versions.at(-1)?.node;
    if (node?.type === 'file' && node.size > 0) {
      const place = placeOf(node);
      if (node.hardLinkOf === undefined || !shown.has(place)) shown.set(place, node);
    }
    for (const child of children.values()) visit(child);
  };
  visit(history);
  return shown;
}

function hiddenContents(
  layers: readonly Layer[],
  history: PathHistory,
  shown: ReadonlyMap<string, FileNode>,
): HiddenContent[] {
  const hidden = new Map<string, HiddenContent>();
  const visit = ({ path, versions, children }: PathHistory, above: ReadonlyMap<number, string>): void => {
    const removals = versions.slice(1).flatMap(({ layer, node }) => (node?.type === 'directory' ? [] : [layer]));
    const heads =
      removals.length === 0 ? above : new Map([...removals.map((layer) => [layer, path] as const), ...above]);
    for (const [at, { node }] of versions.entries()) {
      const next = versions[at + 1];
      if (next === undefined || node?.type !== 'file' || node.size === 0) continue;
      const place = placeOf(node);
      if (shown.has(place) || (hidden.has(place) && node.hardLinkOf !== undefined)) continue;
      const by = {
        layer: next.layer,
        kind: next.node === undefined ? 'removed' : 'replaced',
        path: heads.get(next.layer) ?? path,
      } as const;
      hidden.set(place, { path, layer: node.layer ?? 0, size: node.size, by });
    }
    for (const child of children.values()) visit(child, heads);
  };
  visit(history, new Map());
  // What is left is in one layer under one path twice: the earlier never shows.
  for (const [layer, { entries }] of layers.entries()) {
    for (const entry of entries) {
      if (entry.type !== 'file' || entry.size === 0) continue;
      const { path, size } = entry;
      const place = placeOf({ ...entry, layer });
      if (shown.has(place) || hidden.has(place)) continue;
      hidden.set(place, { path, layer, size, by: { layer, kind: 'replaced', path } });
    }
  }
  return [...hidden.values()].sort((a, b) => b.size - a.size);
}

function duplicatesIn(contents: Iterable<FileNode>): DuplicateContent[] {
  const copies = new Map<string, FileNode[]>();
  for (const node of contents) {
    if (node.sha256 === undefined) continue;
    const same = copies.get(node.sha256);
    if (same === undefined) copies.set(node.sha256, [node]);
    else same.push(node);
  }
  return [...copies]
    .filter(([, nodes]) => nodes.length > 1)
    .map(([sha256, nodes]) => {
      const { size } = nodes[0]!;
      const paths = nodes.sort((a, b) => (a.layer ?? 0) - (b.layer ?? 0)).map(({ path }) => path);
      return { sha256, size, paths, wasted: size * (nodes.length - 1) };
    })
    .sort((a, b) => b.wasted - a.wasted);
}

/** Where content lies: names with one place are hard links of each other. A file with holes has no offset; its path stands for it. */
function placeOf({ layer, contentOffset, hardLinkOf, path }: FileNode): string {
  return contentOffset === undefined ? `${layer}:${hardLinkOf ?? path}` : `${layer}:${contentOffset}`;
}

function sumOf(items: readonly { readonly size: number }[]): number {
  return items.reduce((sum, { size }) => sum + size, 0);
}
