import { LadingError } from '@lading/errors';
import type { Spool, Stretch } from '../internal/spool.ts';
import type { RootNode, RootTree } from './root-tree.ts';
import type { PackageEntry, UnpackedPackage } from './unpacked-package.ts';

/** Paths, links resolved, that a package does not own because another replaces them there; by package. */
export type Replaced = ReadonlyMap<string, ReadonlySet<string>>;

export interface MergeRules<P extends UnpackedPackage> {
  /** The package that decides about the modes of directories that others have too. */
  readonly first: string;
  /** Which of two packages that bring different files to one place keeps it; `b` was there before. Undefined: neither may. */
  readonly keeperOf: (a: P, b: P) => P | undefined;
}

/**
 * Lays the packages into one tree, in the order of their names. Where two bring the same directory, the first one's is taken; where
 * two bring the same file, it must be the same, or the rules must say whose it is. The outcome does not depend on the order of
 * the packages. Throws PACKAGE_INVALID.
 */
export async function mergePackages<P extends UnpackedPackage>(
  packages: readonly P[],
  tree: RootTree,
  spool: Spool,
  rules: MergeRules<P>,
): Promise<Replaced> {
  const rank = (one: P): number => (one.name === rules.first ? 0 : 1);
  const ordered = packages.toSorted((a, b) => rank(a) - rank(b) || (a.name < b.name ? -1 : 1));
  const merge = new Merge(ordered, tree, spool, rules);
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

class Merge<P extends UnpackedPackage> {
  readonly replaced = new Map<string, Set<string>>();
  readonly #byName: ReadonlyMap<string, P>;
  readonly #tree: RootTree;
  readonly #spool: Spool;
  readonly #rules: MergeRules<P>;

  constructor(packages: readonly P[], tree: RootTree, spool: Spool, rules: MergeRules<P>) {
    this.#byName = new Map(packages.map((one) => [one.name, one]));
    this.#rules = rules;
    this.#tree = tree;
    this.#spool = spool;
  }

  async add(owner: P, entry: PackageEntry): Promise<void> {
    if (entry.path === '') return;
    const place = this.#tree.resolve(entry.path);
    const present = this.#tree.get(place);
    const node = nodeOf(owner.name, entry);
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
      const keeper = this.#rules.keeperOf(owner, other);
      if (keeper === owner) this.#tree.set(place, node);
      if (keeper !== undefined) return this.#note(keeper === owner ? other : owner, place);
    }
    throw new LadingError(
      'PACKAGE_INVALID',
      `Cannot put ${labelOf(owner)} together with ${other === undefined ? 'the others' : labelOf(other)}: both bring /${place}, and neither replaces the other`,
      { hint: 'Leave one of the two out of the recipe.', details: { path: `/${place}` } },
    );
  }

  #note(loser: P, path: string): void {
    const paths = this.replaced.get(loser.name) ?? new Set();
    this.replaced.set(loser.name, paths.add(path));
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

function labelOf({ name, version }: UnpackedPackage): string {
  return `${name} ${version}`;
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
