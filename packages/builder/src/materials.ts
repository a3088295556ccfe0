import type { Digest } from '@lading/oci';

/** Something that a build took in from outside, pinned (SLSA provenance 1.0 §resolvedDependencies). */
export interface Material {
  readonly kind: 'image' | 'git' | 'http' | 'recipe' | 'context';
  /** How the Dockerfile or the command line names it: what a lock file is asked for. */
  readonly name: string;
  /** A package URL for images (`pkg:docker/…`), else where it was fetched from, without credentials. */
  readonly uri: string;
  /** Of the image's manifest, of the bytes, or `{ sha1 }` of the commit. */
  readonly digest: Readonly<Record<string, string>>;
  /** Of an image: which of an index it was. */
  readonly platform?: string | undefined;
}

/** Collects what comes in while a build runs; the same thing counts once. */
export interface Materials {
  add(material: Material): void;
  /** Sorted by URI, so that the order in which steps ran says nothing. */
  list(): readonly Material[];
}

export function createMaterials(): Materials {
  const materials = new Map<string, Material>();
  return {
    add: (material) => {
      materials.set(JSON.stringify([material.kind, material.name, material.uri, material.digest]), material);
    },
    list: () => [...materials].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, material]) => material),
  };
}

/** As materials write it: `{ sha256: '…' }`. */
export function digestSet(digest: Digest): Readonly<Record<string, string>> {
  const [algorithm = '', hex = ''] = digest.split(':');
  return { [algorithm]: hex };
}
