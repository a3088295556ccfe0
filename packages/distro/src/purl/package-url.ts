/**
 * Which package something is, in every ecosystem: `pkg:type/namespace/name@version?qualifiers#subpath`. Components are decoded; those
 * that are absent are left out, never empty. Package-URL specification (ECMA-427).
 */
export interface PackageUrl {
  /** Lower case, such as `deb`, `npm`, `golang`. */
  readonly type: string;
  /** Segments with slashes between. */
  readonly namespace?: string | undefined;
  readonly name: string;
  readonly version?: string | undefined;
  /** In the order of their keys, which are lower case. */
  readonly qualifiers?: Readonly<Record<string, string>> | undefined;
  /** A path from the root of the package: segments with slashes between. */
  readonly subpath?: string | undefined;
}
