import type { FoundPackage } from '@lading/facts';

/** What the longest real ones have several times over. */
const maxName = 1024;
const maxLicense = 4096;
const maxLicenses = 200;

/**
 * A package as it is kept: one record of some megabytes must not become as many in every document. Undefined for one that has a name or
 * version that nobody gave it. What is only told of it is cut, or left out.
 */
export function boundedPackage(found: FoundPackage): FoundPackage | undefined {
  const { name, version, namespace, architecture, source, supplier, licenses, hashes, qualifiers } = found;
  const names = [name, version, namespace, architecture, source?.name, source?.version, ...values(qualifiers)];
  if ([...names, ...values(hashes)].some((text) => text !== undefined && text.length > maxName)) return undefined;
  return {
    ...found,
    supplier: supplier !== undefined && supplier.length > maxName ? undefined : supplier,
    licenses: licenses === undefined ? undefined : boundedLicenses(licenses),
  };
}

export function boundedLicenses(licenses: readonly string[]): readonly string[] {
  return licenses
    .slice(0, maxLicenses)
    .map((text) => (text.length > maxLicense ? `${text.slice(0, maxLicense)}…` : text));
}

function values(record: Readonly<Record<string, string>> | undefined): readonly string[] {
  return record === undefined ? [] : Object.values(record);
}
