import type { FoundPackage } from '@lading/facts';
import { asWord, invalidRecord } from '../record-file.ts';
import { licensesOf } from './licenses.ts';

/** Values by the name of their field in lower case, in order. */
export type Headers = ReadonlyMap<string, readonly string[]>;

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
  return { type: 'pypi', name: normaliseName(name), version, ...(licenses.length === 0 ? {} : { licenses }) };
}

/** One name for all spellings: `Flask_SQLAlchemy`, `flask.sqlalchemy` → `flask-sqlalchemy`. PyPA, "Names and normalization" (PEP 503). */
export function normaliseName(name: string): string {
  return name.toLowerCase().replace(/[-_.]+/g, '-');
}

/** The headers above the first empty line, as in a mail: a line that starts with a blank goes on with the one before. */
function parseHeaders(text: string): Headers {
  const headers = new Map<string, string[]>();
  let values: string[] = [];
  for (let at = 0; at < text.length; ) {
    const newline = text.indexOf('\n', at);
    const end = newline < 0 ? text.length : newline;
    const line = text.slice(at, text[end - 1] === '\r' ? end - 1 : end);
    at = end + 1;
    if (line === '') break;
    const colon = line.indexOf(':');
    if (line[0] === ' ' || line[0] === '\t') {
      if (values.length > 0) values[values.length - 1] += `\n${line.slice(1)}`;
    } else if (colon > 0) {
      const field = line.slice(0, colon).toLowerCase();
      values = headers.get(field) ?? [];
      values.push(line.slice(colon + 1).trim());
      headers.set(field, values);
    }
  }
  return headers;
}
