import type { ImagePackage } from '@lading/facts';
import { licenseText } from '../license.ts';

/** Licenses that SPDX does not know by name, which a document has to list itself (SPDX 2.3 §10). */
export interface ExtractedLicenses {
  readonly extracted: readonly { readonly licenseId: string; readonly name: string; readonly extractedText: string }[];
  /** The expression for a package's licenses: all of them apply. */
  declared(licenses: readonly string[] | undefined): string;
}

export function extractLicenses(packages: readonly ImagePackage[]): ExtractedLicenses {
  const names = new Set<string>();
  for (const { licenses = [] } of packages)
    for (const text of licenses) if (licenseText(text).kind === 'name') names.add(text);
  const ids = new Map<string, string>();
  const taken = new Set<string>();
  for (const name of [...names].sort()) {
    const readable = `LicenseRef-${name.replaceAll(/[^A-Za-z0-9.]+/g, '-').slice(0, 64)}`;
    let id = readable;
    for (let count = 2; taken.has(id); count++) id = `${readable}-${count}`;
    taken.add(id);
    ids.set(name, id);
  }
  return {
    extracted: [...ids].map(([name, licenseId]) => ({ licenseId, name, extractedText: name })),
    declared(licenses = []) {
      const parts = licenses.map((text) => ids.get(text) ?? text);
      if (parts.length === 0) return 'NOASSERTION';
      if (parts.length === 1) return parts[0] ?? '';
      return parts.map((part) => (/\s(?:OR|AND)\s/i.test(part) ? `(${part})` : part)).join(' AND ');
    },
  };
}
