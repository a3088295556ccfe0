import type { Digest } from '@lading/oci';
import type { Distribution, FoundPackage, PackageType } from './package.ts';
import type { FoundSecret } from './secret.ts';

/**
 * What was learnt from one layer, in one reading of it. It depends on nothing but the layer's bytes and `version`, so it is kept under the
 * layer's digest and serves every image that has the layer.
 */
export interface LayerFacts {
  /** Of the rules that made these facts; facts of other versions are made again. */
  readonly version: number;
  /** The layer as it is stored. */
  readonly digest: Digest;
  readonly packages: readonly FoundPackage[];
  /** Licenses of packages that other files describe, such as Debian's copyright files. */
  readonly licenses: readonly FoundLicenses[];
  readonly distributions: readonly FoundDistribution[];
  /** Files of packages found here that belong to a package of the distribution. */
  readonly owners: readonly FoundOwner[];
  /** Undefined when the reading did not look for secrets. */
  readonly secrets?: readonly FoundSecret[] | undefined;
  /** Files that checks of configuration ask for. */
  readonly files: readonly NotableFile[];
  readonly warnings: readonly LayerWarning[];
  /** Every path that the layer has or hides: see `encodeLayerPaths`. */
  readonly paths: Uint8Array;
}

export interface FoundLicenses {
  readonly type: PackageType;
  readonly name: string;
  readonly licenses: readonly string[];
  readonly location: string;
}

export interface FoundDistribution {
  readonly distribution: Distribution;
  readonly location: string;
}

/** Which package of the distribution a file belongs to. */
export interface FoundOwner {
  readonly path: string;
  readonly type: PackageType;
  readonly name: string;
}

/** A file that someone should know of, whatever is in it. */
export interface NotableFile {
  readonly kind:
    | 'setuid'
    | 'setgid'
    | 'world-writable'
    | 'shell'
    | 'ssh-key'
    | 'package-cache'
    | 'package-manager'
    | 'sudo'
    | 'device'
    | 'capability'
    | 'authorized-keys'
    | 'empty-password';
  readonly path: string;
  readonly mode: number;
  /** What more there is to say, such as an account's name. */
  readonly detail?: string | undefined;
}

/** What could not be read, and why; the rest of the layer was. */
export interface LayerWarning {
  readonly path: string;
  readonly message: string;
}
