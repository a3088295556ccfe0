import type { ImagePackage } from '@lading/facts';

/**
 * A name for each package within one document, in their order: the package URL, which is what people and other tools look for, and where a
 * package is there more than once its location, too. A package that is the same in both is there once.
 */
export function packageRefs(packages: readonly ImagePackage[]): Map<string, ImagePackage> {
  const counts = new Map<string, number>();
  for (const { purl } of packages) counts.set(purl, (counts.get(purl) ?? 0) + 1);
  const refs = new Map<string, ImagePackage>();
  for (const found of packages) {
    const ref = (counts.get(found.purl) ?? 0) > 1 ? `${found.purl}#${found.location}` : found.purl;
    if (!refs.has(ref)) refs.set(ref, found);
  }
  return refs;
}
