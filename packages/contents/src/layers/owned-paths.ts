import { decodeLayerPaths, type FoundOwner, LayerPathsEncoder, type PackageType } from '@lading/facts';

/**
 * What packages of the distribution say that belongs to them, until it is known which of it matters. They name all their files, half a
 * million in a large layer, and only those are kept in which other packages were found.
 */
export class OwnedPaths {
  readonly #lists: { readonly type: PackageType; readonly name: string; readonly paths: Uint8Array }[] = [];

  /** Takes one package's list, up to so many paths; the result tells how many it took. */
  add(type: PackageType, name: string, paths: Iterable<string>, most: number): number {
    const encoder = new LayerPathsEncoder();
    for (const path of paths) {
      if (encoder.count >= most) break;
      encoder.add({ kind: 'other', path });
    }
    this.#lists.push({ type, name, paths: encoder.bytes() });
    return encoder.count;
  }

  /** The owners of these paths, by the names that the layer has for them. */
  ownersOf(paths: Iterable<string>): readonly FoundOwner[] {
    const wanted = new Map<string, string>();
    for (const path of paths) wanted.set(unmerged(path), path);
    if (wanted.size === 0) return [];
    const owners: FoundOwner[] = [];
    for (const { type, name, paths } of this.#lists) {
      for (const owned of decodeLayerPaths(paths)) {
        const path = wanted.get(unmerged(owned.path));
        if (path !== undefined) owners.push({ path, type, name });
      }
    }
    return owners;
  }
}

const merged = /^usr\/(?=(?:bin|sbin|lib|lib32|lib64|libx32)\/)/;

/** Of `/usr/lib/x` and `/lib/x`, which are one file where `/lib` is a link, lists have either. Debian: UsrMerge; Fedora: UsrMove. */
function unmerged(path: string): string {
  return path.replace(merged, '');
}
