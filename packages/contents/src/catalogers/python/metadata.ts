import { normalizePypiName } from '@lading/distro';
import type { FoundPackage } from '@lading/facts';
import { asWord, invalidRecord } from '../record-file.ts';
import { parseHeaders } from './headers.ts';
import { licensesOf } from './licenses.ts';

/**
 * The package that core metadata describe: `METADATA` of a wheel, `PKG-INFO` of an egg. The name is normalised as advisories and package
 * URLs want it. Throws PACKAGE_RECORD_INVALID where name or version is missing.
 */
export function parseMetadata(path: string, text: string): Omit<FoundPackage, 'cataloger' | 'location'> {
  const headers = parseHeaders(text);
  const name = asWord(headers.get('name')?.[0]);
  const version = asWord(headers.get('version')?.[0]);
  if (name === undefined || version === undefined)
    throw invalidRecord(path, `it has no ${name === undefined ? 'Name' : 'Version'}`);
  const licenses = licensesOf(headers);
  return { type: 'pypi', name: normalizePypiName(name), version, ...(licenses.length === 0 ? {} : { licenses }) };
}
