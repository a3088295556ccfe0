import { versionSatisfies } from '@lading/distro';
import { LadingError } from '@lading/errors';
import type { Spool, Stretch } from '../internal/spool.ts';
import type { RootNode, RootTree } from './root-tree.ts';
import type { PackageEntry, UnpackedPackage } from './unpack-package.ts';

/** Top folders that a system with a merged /usr has as links into it. Debian Policy §9.1, the usrmerge transition. */
const mergedFolders: Readonly<Record<string, string | undefined>> = {
  bin: undefined,
  lib: undefined,
  sbin: undefined,
  lib32: 'i386',
  lib64: 'amd64',
  libx32: 'x32',
};

/** Paths, links resolved, that a package does not own because another replaces them there; by package. */
export type Replaced = ReadonlyMap<string, ReadonlySet<string>>;

/**
 * Lays the packages into one tree with a merged /usr. Where two bring the same directory, base-files decides its mode, else the
 * first by name; where two bring the same file, it must be the same, or one must say that it Replaces the other. The outcome does
 * not depend on the order of the packages. Diversions are not made: they come from maintainer scripts.
 * Throws PACKAGE_INVALID.
 */
export async function mergePackages(
  packages: readonly UnpackedPackage[],
  tree: RootTree,
  architecture: string,
  spool: Spool,
): Promise<Replaced> {
  const ordered = packages.toSorted((a, b) => rank(a) - rank(b) || (a.record.name < b.record.name ? -1 : 1));
  mergeUsr(ordered, tree, architecture);
  const merge = new Merge(ordered, tree, spool);
  // Links first, so that directories and files find the place that links lead to. A link above another comes before it.
  const links = ordered.flatMap((owner) =>
    owner.entries
      .filter((entry) => entry.type === 'symlink')
      .map((entry) => ({ owner, entry, depth: entry.path.split('/').length })),
  );
  for (const { owner, entry } of links.toSorted((a, b) => a.depth - b.depth)) await merge.add(owner, entry);
  for (const type of ['directory', 'other'] as const) {
    for (const owner of ordered) {
      for (const entry of owner.entries) {
        if (entry.type === 'symlink' || (entry.type === 'directory') !== (type === 'directory')) continue;
        await merge.add(owner, entry);
      }
    }
  }
  return merge.replaced;
}

function rank(unpacked: UnpackedPackage): number {
  return unpacked.record.name === 'base-files' ? 0 : 1;
}

function mergeUsr(packages: readonly UnpackedPackage[], tree: RootTree, architecture: string): void {
  const used = new Set(packages.flatMap((one) => one.entries.map((entry) => entry.path.split('/', 1)[0])));
  const directory: RootNode = { type: 'directory', mode: 0o755, uid: 0, gid: 0, mtime: tree.epoch };
  for (const [name, only] of Object.entries(mergedFolders)) {
    if (only !== undefined && only !== architecture && !used.has(name)) continue;
    tree.set(`usr/${name}`, directory);
    tree.set(name, { type: 'symlink', mode: 0o777, uid: 0, gid: 0, mtime: tree.epoch, target: `usr/${name}` });
  }
}

class Merge {
  readonly replaced = new Map<string, Set<string>>();
  readonly #byName: ReadonlyMap<string, UnpackedPackage>;
  readonly #tree: RootTree;
  readonly #spool: Spool;

  constructor(packages: readonly UnpackedPackage[], tree: RootTree, spool: Spool) {
    this.#byName = new Map(packages.map((one) => [one.record.name, one]));
    this.#tree = tree;
    this.#spool = spool;
  }

  async add(owner: UnpackedPackage, entry: PackageEntry): Promise<void> {
    if (entry.path === '') return;
    const place = this.#tree.resolve(entry.path);
    const present = this.#tree.get(place);
    const node = nodeOf(owner.record.name, entry);
    if (present === undefined || (present.owner === undefined && node.type === present.type)) {
      // Only directories that were made on the way, and the links of the merged /usr, have no owner.
      if (present?.type !== 'symlink') this.#tree.set(place, node);
      return;
    }
    if (node.type === 'directory') {
      if (present.type === 'directory') return;
      // As dpkg: a directory does not replace a link, and what belongs below it goes where the link leads.
      if (present.type === 'symlink') return this.#tree.addDirectory(this.#tree.resolve(place, true));
    }
    if (present.type !== 'directory' && (await this.#isSame(present, node))) return;
    const other = this.#byName.get(present.owner ?? '');
    if (other !== undefined && present.type !== 'directory' && node.type !== 'directory') {
      if (replaces(owner, other)) {
        this.#tree.set(place, node);
        return this.#note(other, place);
      }
      if (replaces(other, owner)) return this.#note(owner, place);
    }
    throw new LadingError(
      'PACKAGE_INVALID',
      `Cannot put ${owner.record} together with ${other?.record ?? 'the others'}: both bring /${place}, and neither replaces the other`,
      { hint: 'Leave one of the two out of the recipe.', details: { path: `/${place}` } },
    );
  }

  #note(loser: UnpackedPackage, path: string): void {
    const paths = this.replaced.get(loser.record.name) ?? new Set();
    this.replaced.set(loser.record.name, paths.add(path));
  }

  async #isSame(a: RootNode, b: RootNode): Promise<boolean> {
    if (a.type !== b.type || a.mode !== b.mode || a.uid !== b.uid || a.gid !== b.gid || a.target !== b.target)
      return false;
    if (a.content === undefined || b.content === undefined) return a.type !== 'file';
    if (Buffer.isBuffer(a.content) || Buffer.isBuffer(b.content)) return false;
    return a.content.size === b.content.size && (await this.#sameBytes(a.content, b.content));
  }

  async #sameBytes(a: Stretch, b: Stretch): Promise<boolean> {
    // Both are read in pieces of one length.
    const right = this.#spool.read(b);
    for await (const chunk of this.#spool.read(a)) {
      const other = await right.next();
      if (other.done === true || Buffer.compare(chunk, other.value) !== 0) return false;
    }
    return true;
  }
}

function replaces(a: UnpackedPackage, b: UnpackedPackage): boolean {
  return a.record
    .relations('Replaces')
    .flat()
    .some((relation) => relation.name === b.record.name && versionSatisfies(b.record.version, relation));
}

function nodeOf(owner: string, entry: PackageEntry): RootNode {
  const { mode, uid, gid, mtime, deviceMajor, deviceMinor, xattrs, stretch, linkPath } = entry;
  const type = entry.type === 'hardlink' ? 'file' : entry.type;
  return {
    type,
    mode,
    uid,
    gid,
    mtime,
    owner,
    ...(stretch === undefined ? {} : { content: stretch }),
    ...(type === 'symlink' ? { target: linkPath ?? '' } : {}),
    ...(deviceMajor === undefined ? {} : { deviceMajor }),
    ...(deviceMinor === undefined ? {} : { deviceMinor }),
    ...(xattrs === undefined ? {} : { xattrs }),
  };
}
