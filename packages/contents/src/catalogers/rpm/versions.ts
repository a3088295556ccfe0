import { parseNevra, versionOfNevra } from '@lading/distro';
import type { SourcePackage } from '@lading/facts';

/** A version and release in full: an epoch of 0 is none. */
export function withEpoch(epoch: number | undefined, version: string): string {
  return epoch ? `${epoch}:${version}` : version;
}

/**
 * The source package of a file name such as `util-linux-2.32.1-42.el8_8.src.rpm`, for a package of a version in full. The name of a file has
 * no epoch: where its version is that of the package, so is its epoch.
 */
export function sourceOf(file: string | undefined, version: string): SourcePackage | undefined {
  if (!file?.endsWith('src.rpm')) return undefined;
  const nevra = parseNevra(file);
  const own = versionOfNevra(nevra);
  return nevra.name === '' ? undefined : { name: nevra.name, version: version.endsWith(`:${own}`) ? version : own };
}
