import type { FoundPackage } from '@lading/facts';
import { asText, asWord, invalidRecord } from '../record-file.ts';

/** A folder of packages has each by `ID/VERSION/ID.nuspec`, in lower case; others are what packages are made from. */
export function isNuspec(path: string): boolean {
  const [id, version, file] = path.toLowerCase().split('/').slice(-3);
  return file === `${id}.nuspec` && /^\d/.test(version ?? '');
}

/**
 * The package that a nuspec describes: the text of three elements, which is all that is read of the XML. Throws PACKAGE_RECORD_INVALID where
 * id or version is missing. Source: NuGet, ".nuspec reference".
 */
export function parseNuspec(path: string, text: string): Omit<FoundPackage, 'cataloger' | 'location'> {
  const name = asWord(elementOf(text, 'id'));
  const version = asWord(elementOf(text, 'version'));
  if (name === undefined || version === undefined) throw invalidRecord(path, 'it has no id or version');
  const license = asText(elementOf(text, 'license', 'type="expression"'));
  return {
    type: 'nuget',
    name,
    version: normaliseVersion(version),
    ...(license === undefined ? {} : { licenses: [license] }),
  };
}

/** The text of the first element of a name that has what is wanted among its attributes. */
function elementOf(text: string, name: string, wanted: string = ''): string | undefined {
  const start = new RegExp(`<${name}(?=[\\s>])([^<>]{0,200})>([^<>]{0,300})</${name}\\s{0,10}>`).exec(text);
  return start?.[1]?.includes(wanted) ? start[2] : undefined;
}

/** `1.0` and `1.00.0.0+build` are `1.0.0`: as package folders, `deps.json` and advisories have it. NuGet, "Normalized version numbers". */
export function normaliseVersion(version: string): string {
  const [, numbers = '', rest = ''] = /^(\d+(?:\.\d+){0,3})(-[\w.-]+)?(?:\+.*)?$/.exec(version) ?? [];
  if (numbers === '') return version;
  const parts = numbers.split('.').map((part) => part.replace(/^0+(?=\d)/, ''));
  while (parts.length < 3) parts.push('0');
  if (parts.length === 4 && parts[3] === '0') parts.pop();
  return parts.join('.') + rest;
}
