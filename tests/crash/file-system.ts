// The model of a file system: what has been done to every file and folder, and how much of it is on the disk for certain.
//
// Durable is what a sync has covered, and nothing else: fsync and fdatasync of a file make its bytes and size durable, not its name;
// fsync of a folder makes the names in it durable, neither the bytes behind them nor the folder's own name in the folder above.
import { posix } from 'node:path';
import { type Operation, rootNode } from './trace.ts';

export type Change =
  | { readonly kind: 'write'; readonly at: number; readonly offset: number; readonly data: Buffer }
  | { readonly kind: 'resize'; readonly at: number; readonly size: number };

/** Changes are in order; the first `durable` of them are on the disk. `at` is the operation's place in the trace. */
export interface FileNode {
  readonly kind: 'file';
  readonly path: string;
  readonly changes: Change[];
  durable: number;
}

/** A name that appears, leads to another node than before, or (without a node) goes. */
export interface NameChange {
  readonly at: number;
  readonly name: string;
  readonly node?: FileNode | FolderNode | undefined;
  /** That the old name of a rename goes: the change by which the new one appeared, in this or another folder. */
  readonly after?: NameChange | undefined;
}

export interface FolderNode {
  readonly kind: 'folder';
  readonly path: string;
  readonly changes: NameChange[];
  durable: number;
  /** The names as the program sees them. */
  readonly names: Map<string, FileNode | FolderNode>;
}

export interface Disk {
  readonly root: FolderNode;
  /** In the order in which they were made. */
  readonly nodes: readonly (FileNode | FolderNode)[];
  /** The place of the last sync of anything. */
  readonly lastSync: number;
}

/** The disk after the first `cut` operations. */
export function replay(operations: readonly Operation[], cut: number = operations.length): Disk {
  const root = folderNode('');
  const nodes: (FileNode | FolderNode)[] = [];
  nodes[rootNode] = root;
  let lastSync = 0;

  const folderOf = (path: string): FolderNode => {
    let folder: FolderNode = root;
    const above = posix.dirname(path);
    if (above === '.') return folder;
    for (const name of above.split('/')) {
      const next = folder.names.get(name);
      if (next?.kind !== 'folder') throw new Error(`the trace uses ${path}, and ${above} is not a folder`);
      folder = next;
    }
    return folder;
  };
  const nodeAt = (path: string): FileNode | FolderNode => {
    const node = folderOf(path).names.get(posix.basename(path));
    if (node === undefined) throw new Error(`the trace uses ${path}, which is not there`);
    return node;
  };
  const name = (at: number, path: string, node?: FileNode | FolderNode, after?: NameChange): NameChange => {
    const folder = folderOf(path);
    const base = posix.basename(path);
    const change = { at, name: base, node, after };
    folder.changes.push(change);
    if (node === undefined) folder.names.delete(base);
    else folder.names.set(base, node);
    return change;
  };
  const file = (node: number): FileNode => {
    const found = nodes[node];
    if (found?.kind !== 'file') throw new Error(`the trace writes to node ${node}, which is not a file`);
    return found;
  };

  for (let at = 0; at < cut; at++) {
    const operation = operations[at]!;
    switch (operation.kind) {
      case 'create':
      case 'folder': {
        const made = operation.kind === 'create' ? fileNode(operation.path) : folderNode(operation.path);
        nodes[operation.node] = made;
        name(at, operation.path, made);
        break;
      }
      case 'write':
        file(operation.node).changes.push({ kind: 'write', at, offset: operation.offset, data: operation.data });
        break;
      case 'resize':
        file(operation.node).changes.push({ kind: 'resize', at, size: operation.size });
        break;
      case 'sync': {
        const node = nodes[operation.node]!;
        node.durable = node.changes.length;
        lastSync = at;
        break;
      }
      case 'rename': {
        const moved = nodeAt(operation.path);
        // Two names of one file: POSIX rename() then does nothing.
        if (folderOf(operation.to).names.get(posix.basename(operation.to)) === moved) break;
        name(at, operation.path, undefined, name(at, operation.to, moved));
        break;
      }
      case 'link':
        name(at, operation.to, nodeAt(operation.path));
        break;
      case 'unlink':
      case 'rmdir':
        nodeAt(operation.path);
        name(at, operation.path);
        break;
    }
  }
  return { root, nodes, lastSync };
}

/** The bytes that changes give, one after the other. */
export function bytesOf(changes: readonly Change[]): Buffer {
  const [first] = changes;
  if (first === undefined) return Buffer.alloc(0);
  if (changes.length === 1 && first.kind === 'write' && first.offset === 0) return first.data;
  let size = 0;
  let capacity = 0;
  for (const change of changes) {
    capacity = Math.max(capacity, change.kind === 'write' ? change.offset + change.data.length : change.size);
  }
  const bytes = Buffer.alloc(capacity);
  for (const change of changes) {
    if (change.kind === 'write') {
      change.data.copy(bytes, change.offset);
      size = Math.max(size, change.offset + change.data.length);
    } else {
      if (change.size < size) bytes.fill(0, change.size, size);
      size = change.size;
    }
  }
  return bytes.subarray(0, size);
}

function fileNode(path: string): FileNode {
  return { kind: 'file', path, changes: [], durable: 0 };
}

function folderNode(path: string): FolderNode {
  return { kind: 'folder', path, changes: [], durable: 0, names: new Map() };
}
