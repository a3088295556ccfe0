import { versionSatisfies } from '@lading/distro';
import type { Spool } from '../../internal/spool.ts';
import { mergePackages, type Replaced } from '../merge-packages.ts';
import type { RootNode, RootTree } from '../root-tree.ts';
import type { DebianPackage } from './unpack-package.ts';

/** Top folders that a system with a merged /usr has as links into it. Debian Policy §9.1, the usrmerge transition. */
const mergedFolders: Readonly<Record<string, string | undefined>> = {
  bin: undefined,
  lib: undefined,
  sbin: undefined,
  lib32: 'i386',
  lib64: 'amd64',
  libx32: 'x32',
};

/** Lays Debian's packages into one tree with a merged /usr; base-files decides about the modes of directories. */
export function mergeDebian(
  packages: readonly DebianPackage[],
  tree: RootTree,
  architecture: string,
  spool: Spool,
): Promise<Replaced> {
  mergeUsr(packages, tree, architecture);
  return mergePackages(packages, tree, spool, {
    first: 'base-files',
    keeperOf: (a, b) => (replaces(a, b) ? a : replaces(b, a) ? b : undefined),
  });
}

function mergeUsr(packages: readonly DebianPackage[], tree: RootTree, architecture: string): void {
  const used = new Set(packages.flatMap((one) => one.entries.map((entry) => entry.path.split('/', 1)[0])));
  const directory: RootNode = { type: 'directory', mode: 0o755, uid: 0, gid: 0, mtime: tree.epoch };
  for (const [name, only] of Object.entries(mergedFolders)) {
    if (only !== undefined && only !== architecture && !used.has(name)) continue;
    tree.set(`usr/${name}`, directory);
    tree.set(name, { type: 'symlink', mode: 0o777, uid: 0, gid: 0, mtime: tree.epoch, target: `usr/${name}` });
  }
}

function replaces(a: DebianPackage, b: DebianPackage): boolean {
  return a.record
    .relations('Replaces')
    .flat()
    .some((relation) => relation.name === b.name && versionSatisfies(b.version, relation));
}
