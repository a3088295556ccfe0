import { decodeLayerPaths, type FoundOwner, LayerPathsEncoder, type PackageType } from '@lading/facts';

/**
 * What packages of the distribution say that belongs to them, until it is known which of it matters. They name all their files, half a
 * million in a large layer, and only those are kept in which other packages were found.
 */
export class OwnedPaths {
  readonly #paths: LayerPathsEncoder = new LayerPathsEncoder();
  /** Whose the paths up to a number of them are. */
  readonly #owners: { readonly type: PackageType; readonly name: string; readonly end: number }[] = [];

  /** Takes one package's list. False when it has so many paths, or bytes of them, that it took only a part. */
  add(type: PackageType, name: string, paths: Iterable<string>, most: number, mostBytes: number): boolean {
    let isWhole = true;
    for (const path of paths) {
      isWhole = this.#paths.count < most && this.#paths.size <= mostBytes;
      if (!isWhole) break;
      this.#paths.add({ kind: 'other', path });
    }
    this.#owners.push({ type, name, end: this.#paths.count });
    return isWhole;
  }

  /** The owners of these paths, by the names that the layer has for them. */
  ownersOf(paths: Iterable<string>): readonly FoundOwner[] {
    const wanted = new Map<string, string>();
    for (const path of paths) for (const name of namesOf(path)) wanted.set(name, path);
    if (wanted.size === 0) return [];
    // By path: a package may list a file twice.
    const found = new Map<string, FoundOwner>();
    let [place, at] = [0, 0];
    for (const owned of decodeLayerPaths(this.#paths.bytes())) {
      while (place >= (this.#owners[at]?.end ?? Number.POSITIVE_INFINITY)) at += 1;
      place += 1;
      const path = wanted.get(owned.path);
      const owner = this.#owners[at];
      if (path !== undefined && owner !== undefined) found.set(path, { path, type: owner.type, name: owner.name });
    }
    return [...found.values()];
  }
}

const mergedFolder = /^(?:usr\/)?((?:bin|sbin|lib|lib32|lib64|libx32)\/.*)$/s;

/** Of `/usr/lib/x` and `/lib/x`, which are one file where `/lib` is a link, lists have either. Debian: UsrMerge; Fedora: UsrMove. */
function namesOf(path: string): readonly string[] {
  const rest = mergedFolder.exec(path)?.[1];
  return rest === undefined ? [path] : [rest, `usr/${rest}`];
}
