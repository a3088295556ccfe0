import type { FileNode, FileTree, Layer } from '@lading/filetree';

/** How a layer came to be. `files`: copied, so that files below do not count; `process`: made from what is below. */
export type LayerOrigin = 'files' | 'process';

/**
 * Why a layer that was made on one base does not fit on another: paths at which the two differ, and the layer takes part in. Times do not
 * count, nor do extended attributes of folders that are not the layer's own.
 */
export function pathConflicts(layer: Layer, base: FileTree, onto: FileTree, origin: LayerOrigin): readonly string[] {
  const own = new Map(layer.entries.map((entry) => [entry.path, entry]));
  const paths = new Set<string>();
  for (const path of own.keys()) for (const above of withFoldersAbove(path)) paths.add(above);
  const conflicts: string[] = [];
  for (const path of paths) {
    const [before, after] = [base.get(path), onto.get(path)];
    if (isAlike(before, after, origin) || (origin === 'files' && fits(own.get(path), before, after))) continue;
    conflicts.push(`/${path} is ${described(before)} in its base and ${described(after)} in the new one`);
  }
  for (const { path } of layer.whiteouts) {
    const [before, after] = [base.get(path), onto.get(path)];
    if (!isAlike(before, after, origin))
      conflicts.push(`it removes /${path}, ${described(before)} in its base and ${described(after)} in the new one`);
  }
  return conflicts;
}

function* withFoldersAbove(path: string): Generator<string, void, void> {
  for (let slash = path.indexOf('/'); slash >= 0; slash = path.indexOf('/', slash + 1)) yield path.slice(0, slash);
  if (path !== '') yield path;
}

/** A copy replaces files whatever they are, and finds folders, or makes them as it has made these. */
function fits(entry: FileNode | undefined, before: FileNode | undefined, after: FileNode | undefined): boolean {
  const isPlain = (node: FileNode | undefined): boolean =>
    node === undefined || (node.type !== 'directory' && node.type !== 'symlink');
  const isFolder = (node: FileNode | undefined): boolean => node === undefined || node.type === 'directory';
  if (entry === undefined) return false;
  if (entry.type !== 'directory') return isPlain(before) && isPlain(after);
  const { mode, uid, gid } = after ?? { mode: 0o755, uid: 0, gid: 0 };
  const isSame = entry.mode === mode && entry.uid === uid && entry.gid === gid;
  return isFolder(before) && isFolder(after) && isSame;
}

function isAlike(a: FileNode | undefined, b: FileNode | undefined, origin: LayerOrigin): boolean {
  if (a === undefined || b === undefined) return a === b;
  if (described(a) !== described(b)) return false;
  return origin === 'files' || a.type === 'directory' || (a.size === b.size && a.mtime === b.mtime);
}

function described(node: FileNode | undefined): string {
  if (node === undefined) return 'absent';
  const { type, mode, uid, gid, linkPath } = node;
  if (type === 'symlink') return `a link to ${linkPath}`;
  return `a ${type} ${mode.toString(8).padStart(4, '0')} ${uid}:${gid}`;
}
