import { compareNames, opaqueOf, whiteoutOf } from '@lading/tar';
import type { Layer } from '../layer.ts';

/** The figures that dive shows for an image. dive 0.13 dive/filetree/efficiency.go, dive/image/analysis.go. */
export interface DiveFigures {
  /** Bytes of all files of all layers. */
  readonly sizeBytes: number;
  /** Sum of the smallest size of each path over the sum of all its sizes; 1 where there are no bytes. */
  readonly efficiency: number;
  /** All sizes of all paths that are in more than one layer. */
  readonly wastedBytes: number;
  /** `wastedBytes` over the bytes of all layers but the lowest; NaN or infinite where these are none. */
  readonly userWastedRatio: number;
  /** Paths that are in more than one layer, the largest first. */
  readonly inefficientFiles: readonly { readonly path: string; readonly count: number; readonly size: number }[];
}

/**
 * Counts as dive does, with what is odd about it, so that a budget for dive means the same here: only what has nothing inside counts; a
 * whiteout counts as all that was below a directory and as nothing for a file; one of nothing ends the counting of its layer; a directory
 * that a file replaces keeps what was inside. For figures that mean something see `wasteOf`.
 *
 * Differs from dive in AUFS bookkeeping, which `readLayer` leaves out, and in sizes that links claim to have.
 */
export function diveFigures(layers: readonly Layer[]): DiveFigures {
  const trees = layers.map(treeOf);
  const paths = new Map<string, Counted>();
  // What is below is asked for by whiteouts alone.
  const lastAsked = layers.findLastIndex(({ whiteouts }) => whiteouts.length > 0);
  const below = lastAsked < 0 ? made() : copyOf(trees[0]!);
  for (const [index, tree] of trees.entries()) {
    // The lowest is laid on a copy of itself, which only its whiteouts notice.
    if (index > 0 && index <= lastAsked) stack(below, trees[index - 1]!);
    countLeaves(tree, below, paths);
  }
  const sizes = layers.map(({ entries }) => entries.reduce((sum, { size }) => sum + size, 0));
  const sizeBytes = sizes.reduce((sum, size) => sum + size, 0);
  let [smallest, all] = [0, 0];
  for (const { min, sum } of paths.values()) {
    smallest += min;
    all += sum;
  }
  const inefficientFiles = [...paths]
    .filter(([, { count }]) => count > 1)
    .map(([path, { count, sum }]) => ({ path, count, size: sum }))
    .sort((a, b) => b.size - a.size || compareNames(a.path, b.path));
  const wastedBytes = inefficientFiles.reduce((sum, { size }) => sum + size, 0);
  return {
    sizeBytes,
    efficiency: all === 0 ? 1 : smallest / all,
    wastedBytes,
    userWastedRatio: wastedBytes / (sizeBytes - (sizes[0] ?? 0)),
    inefficientFiles,
  };
}

interface Counted {
  min: number;
  sum: number;
  count: number;
}

/** Whiteouts stand in it under their own names. */
interface DiveNode {
  readonly children: Map<string, DiveNode>;
  size: number;
  isDirectory: boolean;
}

function made(): DiveNode {
  return { children: new Map(), size: 0, isDirectory: false };
}

function treeOf({ entries, whiteouts }: Layer): DiveNode {
  const root = made();
  for (const { path, size, type } of entries) if (path !== '') put(root, path, size, type === 'directory');
  for (const { kind, path } of whiteouts) put(root, kind === 'remove' ? whiteoutOf(path) : opaqueOf(path), 0, false);
  return root;
}

function put(root: DiveNode, path: string, size: number, isDirectory: boolean): void {
  let at = root;
  for (const name of path.split('/')) {
    let child = at.children.get(name);
    if (child === undefined) {
      if (name.startsWith('.wh..wh..')) return;
      child = made();
      at.children.set(name, child);
    }
    at = child;
  }
  Object.assign(at, { size, isDirectory });
}

function copyOf({ children, size, isDirectory }: DiveNode): DiveNode {
  return { size, isDirectory, children: new Map([...children].map(([name, child]) => [name, copyOf(child)])) };
}

/** Lays a tree on another, which changes. */
function stack(lower: DiveNode, upper: DiveNode): void {
  visitChildrenFirst(upper, '', (directory, name, { size, isDirectory }) => {
    if (isWhiteout(name)) find(lower, directory)?.children.delete(unmarked(name));
    else put(lower, directory + name, size, isDirectory);
    return true;
  });
}

function countLeaves(tree: DiveNode, below: DiveNode, paths: Map<string, Counted>): void {
  visitChildrenFirst(tree, '', (directory, name, node) => {
    if (node.children.size > 0) return true;
    const path = `/${directory}${isWhiteout(name) ? unmarked(name) : name}`;
    // A path whose counting ends here stays at -1.
    const counted = paths.get(path) ?? { min: -1, sum: 0, count: 0 };
    paths.set(path, counted);
    let { size } = node;
    if (isWhiteout(name)) {
      const previous = find(below, path);
      if (previous === undefined) return false;
      size = previous.isDirectory ? sizeOf(previous) : 0;
    }
    counted.sum += size;
    counted.count += 1;
    if (counted.min < 0 || size < counted.min) counted.min = size;
    return true;
  });
}

function find(root: DiveNode, path: string): DiveNode | undefined {
  let at: DiveNode | undefined = root;
  for (const name of path.split('/')) if (name !== '') at = at?.children.get(name);
  return at;
}

function sizeOf({ size, children }: DiveNode): number {
  let sum = size;
  for (const child of children.values()) sum += sizeOf(child);
  return sum;
}

function isWhiteout(name: string): boolean {
  return name.startsWith('.wh.');
}

function unmarked(name: string): string {
  return name.slice('.wh.'.length);
}

/** In byte order of the names, until `visit` returns false. `directory` is empty or ends with a slash. */
function visitChildrenFirst(
  tree: DiveNode,
  directory: string,
  visit: (directory: string, name: string, node: DiveNode) => boolean,
): boolean {
  for (const name of [...tree.children.keys()].sort(compareNames)) {
    const node = tree.children.get(name)!;
    if (!visitChildrenFirst(node, `${directory}${name}/`, visit) || !visit(directory, name, node)) return false;
  }
  return true;
}
