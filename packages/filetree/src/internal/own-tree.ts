import type { FileNode } from '../file-node.ts';
import type { Layer } from '../layer.ts';
import { impliedDirectory } from './tree-node.ts';

/** What a layer itself has at a path. */
export interface OwnNode {
  readonly name: string;
  node: FileNode;
  /** A folder that no entry describes. */
  implied: boolean;
  members: Map<string, OwnNode> | undefined;
}

const maxWord = 0xffff_ffff;

/**
 * The entries of a layer as a tree, hard links as what they link to. Undefined when that is not all there is to say: when a path comes
 * twice, leads through something that is no folder, or is a hard link to what the layer does not have yet.
 */
export function ownTree({ entries }: Layer): OwnNode | undefined {
  const root: OwnNode = { name: '', node: impliedDirectory('', undefined).node, implied: true, members: undefined };
  for (const entry of entries) {
    const node = resolved(root, entry);
    if (node === undefined || !isPlain(node)) return undefined;
    const names = node.path === '' ? [] : node.path.split('/');
    const name = names.pop();
    if (name === undefined) {
      if (!root.implied || node.type !== 'directory') return undefined;
      Object.assign(root, { node, implied: false });
      continue;
    }
    const folder = folderAt(root, names);
    if (folder === undefined || !isName(name)) return undefined;
    const present = folder.members?.get(name);
    if (present === undefined) {
      folder.members ??= new Map();
      folder.members.set(name, { name, node, implied: false, members: undefined });
    } else if (present.implied && node.type === 'directory') Object.assign(present, { node, implied: false });
    else return undefined;
  }
  return root;
}

function folderAt(root: OwnNode, names: readonly string[]): OwnNode | undefined {
  let at = root;
  for (const name of names) {
    if (!isName(name)) return undefined;
    let next = at.members?.get(name);
    if (next === undefined) {
      next = { name, node: impliedDirectory('', undefined).node, implied: true, members: undefined };
      at.members ??= new Map();
      at.members.set(name, next);
    }
    if (next.node.type !== 'directory') return undefined;
    at = next;
  }
  return at;
}

function resolved(root: OwnNode, entry: FileNode): FileNode | undefined {
  if (entry.type !== 'hardlink') return entry;
  let target: OwnNode | undefined = root;
  for (const name of entry.linkPath?.split('/') ?? []) target = target?.members?.get(name);
  if (target === undefined || target.node.type === 'directory') return undefined;
  return { ...target.node, path: entry.path, hardLinkOf: target.node.hardLinkOf ?? target.node.path };
}

function isName(name: string): boolean {
  return name !== '' && name !== '.' && name !== '..';
}

/** Numbers as files of Linux have them, and no more than a path may be. */
function isPlain({ path, uid, gid, mode }: FileNode): boolean {
  const isWord = (value: number): boolean => Number.isInteger(value) && value >= 0 && value <= maxWord;
  return path.length <= 4096 && isWord(uid) && isWord(gid) && mode <= 0xffff;
}
