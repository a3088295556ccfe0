import type { Digest } from '@lading/oci';
import type { LayerWarning, NotableFile } from './layer-facts.ts';
import type { Distribution, FoundPackage, PackageType } from './package.ts';
import type { ImageSecret } from './secret.ts';

/** What an image holds: the facts of its layers, with what upper layers hide taken out. Everything that findings need, without any layer. */
export interface ImageFacts {
  readonly version: number;
  /** Of the image's manifest. */
  readonly digest: Digest;
  readonly platform: string;
  readonly distribution?: Distribution | undefined;
  /** From the lowest. */
  readonly layers: readonly ImageLayer[];
  /** Sorted by purl, then location. */
  readonly packages: readonly ImagePackage[];
  /** Undefined when secrets were not looked for. */
  readonly secrets?: readonly ImageSecret[] | undefined;
  readonly files: readonly ImageFile[];
  readonly warnings: readonly LayerWarning[];
}

export interface ImageLayer {
  readonly digest: Digest;
  readonly diffId: Digest;
  /** Bytes as stored. */
  readonly size: number;
  /** `created_by` of the config's history, where it is complete. */
  readonly instruction?: string | undefined;
}

export interface ImagePackage extends FoundPackage {
  readonly purl: string;
  /** The index of the layer that brought it: for a package of a distribution the first whose database has it, and every one above too. */
  readonly layer: number;
  /** The package of the distribution that the file belongs to. */
  readonly owner?: { readonly type: PackageType; readonly name: string } | undefined;
  /** The image it came with, where the layer is one of a known base. */
  readonly base?: BaseImage | undefined;
}

export interface ImageFile extends NotableFile {
  readonly layer: number;
}

/** An image on which another was built: all its diffIDs are the first of the other's. */
export interface BaseImage {
  readonly digest: Digest;
  /** `docker.io/library/debian:12`, where a name is known. */
  readonly name?: string | undefined;
  /** How many layers are its own. */
  readonly layers: number;
}
