/** Types of package URLs (purl) that Lading finds in images. */
export type PackageType =
  | 'deb'
  | 'apk'
  | 'rpm'
  | 'npm'
  | 'pypi'
  | 'conda'
  | 'golang'
  | 'cargo'
  | 'maven'
  | 'gem'
  | 'composer'
  | 'nuget'
  | 'generic';

/** A package of the source archive, which advisories of distributions name. */
export interface SourcePackage {
  readonly name: string;
  readonly version: string;
}

/** What one file of one layer says of a package. */
export interface FoundPackage {
  readonly type: PackageType;
  /** The purl's: `@angular`, `org.apache.commons`, `github.com/spf13`. Absent for packages of distributions, whose namespace the image tells. */
  readonly namespace?: string | undefined;
  readonly name: string;
  /** In full, as the order of its ecosystem reads it: with epoch and release, without a leading `v` except for Go. */
  readonly version: string;
  /** Debian's, Alpine's or rpm's name of it; absent elsewhere and for what runs everywhere. */
  readonly architecture?: string | undefined;
  readonly source?: SourcePackage | undefined;
  /** Of whom it comes, as its record says: the maintainer or vendor, which tells a distribution's own packages from those of others. */
  readonly supplier?: string | undefined;
  /** SPDX expressions where they are such, else as written. */
  readonly licenses?: readonly string[] | undefined;
  /** The file that says so, without a leading `/`; what lies in an archive follows `!/`: `app.jar!/lib/x.jar`. */
  readonly location: string;
  /** The name of the cataloger that found it. */
  readonly cataloger: string;
  /** Digests that the package's own record gives, by algorithm in lower case: `{ sha1: '…' }`. */
  readonly hashes?: Readonly<Record<string, string>> | undefined;
  /** More that belongs in the purl, such as `{ classifier: 'linux-x86_64' }`. */
  readonly qualifiers?: Readonly<Record<string, string>> | undefined;
  /** A condition of use, as the module that is the program itself: `main`. Its version is often not one. */
  readonly role?: 'main' | 'standard-library' | undefined;
}

/** A distribution's release, as os-release(5) says. */
export interface Distribution {
  /** `debian`, `alpine`, `rhel`, `wolfi`, … */
  readonly id: string;
  readonly idLike?: readonly string[] | undefined;
  /** `12`, `3.18.4`; absent for rolling ones. */
  readonly versionId?: string | undefined;
  readonly codename?: string | undefined;
  readonly prettyName?: string | undefined;
  readonly cpe?: string | undefined;
}
