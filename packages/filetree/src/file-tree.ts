import { compareNames } from '@lading/tar';
import type { FileNode } from './file-node.ts';
import { impliedDirectory, resolveIn, type TreeNode } from './internal/tree-node.ts';

export interface LookupOptions {
  /** Whether a symlink at the end of the path is followed. True unless stated; links in the middle are always followed. */
  readonly follow?: boolean;
}

/**
 * The paths of a root file system, without their content. Made by `union`; a tree never changes.
 * Paths are as in `TarHeader`; a leading `/` is allowed when asking.
 */
export class FileTree {
  readonly #root: TreeNode;
  #size: number | undefined;

  /** For `union`; `new FileTree()` is the empty tree. */
  constructor(root: TreeNode = impliedDirectory('', undefined)) {
    this.#root = root;
  }

  /** The number of paths, the root not counted. */
  get size(): number {
    this.#size ??= count(this.#root) - 1;
    return this.#size;
  }

  /** The node at exactly this path, without following any link. The empty path gives the root directory. */
  get(path: string): FileNode | undefined {
    let at: TreeNode | undefined = this.#root;
    for (const name of path.split('/')) {
      if (name === '') continue;
      at = at?.children?.get(name);
    }
    return at?.node;
  }

  /** What a process inside would find: links are followed within the tree and never leave it. */
  lookup(path: string, options: LookupOptions = {}): FileNode | undefined {
    return resolveIn(this.#root, path, options.follow ?? true).found?.node;
  }

  /** The canonical path after following all links. Parts that do not exist are kept as they are. */
  resolve(path: string): string {
    return resolveIn(this.#root, path, true).path;
  }

  /** The nodes directly inside a directory, in byte order; links to directories are followed. Empty for everything else. */
  list(directory: string): FileNode[] {
    const children = resolveIn(this.#root, directory, true).found?.children;
    if (children === undefined) return [];
    return [...children.keys()].sort(compareNames).map((name) => children.get(name)!.node);
  }

  /** Every node but the root, in byte order of the paths (`compareNames`); a directory comes before what it holds. */
  *walk(): Generator<FileNode, void, void> {
    yield* inOrder(this.#root);
  }

  /** For `diff`: the tree as it is stored. */
  get root(): Readonly<TreeNode> {
    return this.#root;
  }
}

function count(tree: TreeNode): number {
  let nodes = 1;
  if (tree.children !== undefined) for (const child of tree.children.values()) nodes += count(child);
  return nodes;
}

/** `a`, `a-b`, `a/x` is byte order: a directory's inside sorts as its name with a slash, after names that only extend it. */
function* inOrder(tree: TreeNode): Generator<FileNode, void, void> {
  const stack: Iterator<[string, TreeNode]>[] = [members(tree)];
  while (stack.length > 0) {
    const next = stack.at(-1)!.next();
    if (next.done === true) stack.pop();
    else if (next.value[0].endsWith('/')) stack.push(members(next.value[1]));
    else yield next.value[1].node;
  }
}

function members(tree: TreeNode): Iterator<[string, TreeNode]> {
  const items: [string, TreeNode][] = [];
  for (const [name, child] of tree.children ?? []) {
    items.push([name, child]);
    if (child.children !== undefined && child.children.size > 0) items.push([`${name}/`, child]);
  }
  return items.sort(([a], [b]) => compareNames(a, b)).values();
}
