import type { Descriptor, Digest } from '@lading/oci';
import type { BundledKind } from './bundle-claims.ts';

/** A manifest that a bundle lists, with everything below it. */
export interface BundledManifest {
  readonly kind: BundledKind;
  readonly descriptor: Descriptor;
  /** As written in the bundle: `app:1.0`, `example.org/team/app:1.0`; an archive of another program may know only a tag. */
  readonly names: readonly string[];
  /** Of an image without a name: where it belongs. */
  readonly repository?: string;
  /** What it refers to. */
  readonly subject?: Digest;
}

/** What a bundle holds. */
export interface BundleContents {
  /** Images first, then what belongs to them. */
  readonly manifests: readonly BundledManifest[];
  /** Every content, manifests included, each once: type, digest and size. */
  readonly parts: readonly Descriptor[];
  /** Of all parts together. */
  readonly bytes: number;
  /** What manifests point to and the bundle does not have, by intent. */
  readonly absent: readonly Digest[];
}
