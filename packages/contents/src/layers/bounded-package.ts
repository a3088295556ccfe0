import { isLadingError } from '@lading/errors';
import { type Distribution, type FoundPackage, packageUrlOf } from '@lading/facts';

/** What the longest real ones have several times over. */
const maxName = 1024;
const maxLicense = 4096;
const maxLicenses = 200;

/**
 * A package as it is kept: one record of some megabytes must not become as many in every document, and one that no package URL can name must
 * not keep the others of the image from being told. Undefined for one that has a name or version that nobody gave it. What is only told of
 * it is cut, or left out; bytes that are no text become U+FFFD, but for the location's.
 */
export function boundedPackage(found: FoundPackage): FoundPackage | undefined {
  const { name, version, namespace, architecture, source, supplier, licenses, hashes, qualifiers } = found;
  if (name === '' || version === '') return undefined;
  const names = [name, version, namespace, architecture, source?.name, source?.version, ...values(qualifiers)];
  if ([...names, ...values(hashes)].some((text) => text !== undefined && text.length > maxName)) return undefined;
  const bounded = {
    ...found,
    name: name.toWellFormed(),
    version: version.toWellFormed(),
    namespace: namespace?.toWellFormed(),
    architecture: architecture?.toWellFormed(),
    source: source && { name: source.name.toWellFormed(), version: source.version.toWellFormed() },
    supplier: supplier !== undefined && supplier.length > maxName ? undefined : supplier?.toWellFormed(),
    licenses: licenses === undefined ? undefined : boundedLicenses(licenses),
  };
  return hasPackageUrl(bounded) ? bounded : undefined;
}

function hasPackageUrl(found: FoundPackage): boolean {
  try {
    packageUrlOf(found, undefined);
    return true;
  } catch (error) {
    if (isLadingError(error, 'PACKAGE_URL_INVALID')) return false;
    throw error;
  }
}

export function boundedLicenses(licenses: readonly string[]): readonly string[] {
  return licenses
    .slice(0, maxLicenses)
    .map((text) => (text.length > maxLicense ? `${text.slice(0, maxLicense)}…` : text).toWellFormed());
}

/** A distribution's id and release stand in the package URLs of its packages. */
export function boundedDistribution(distribution: Distribution): Distribution {
  const { id, versionId, codename } = distribution;
  return {
    ...distribution,
    id: id.toWellFormed(),
    versionId: versionId?.toWellFormed(),
    codename: codename?.toWellFormed(),
  };
}

function values(record: Readonly<Record<string, string>> | undefined): readonly string[] {
  return record === undefined ? [] : Object.values(record);
}
