import { type Fail, failing } from './fault.ts';
import { normalise } from './normalise.ts';
import type { PackageUrl } from './package-url.ts';
import { rulesOf } from './type-rules.ts';

/**
 * Reads a package URL and applies the rules of its type: names in lower case where the type knows no case, and so on. Forms that are
 * not canonical are read too (a scope of npm with a bare `@`, upper-case keys, slashes after the scheme); where something would have two
 * meanings, or none, it throws PACKAGE_URL_INVALID. Package-URL, "How to parse a PURL".
 */
export function parsePackageUrl(text: string): PackageUrl {
  const fail: Fail = failing('parse package URL', text);
  if (!/^pkg:/i.test(text)) return fail('it does not start with "pkg:"');
  const [beforeSubpath, subpath = ''] = cut(text.slice('pkg:'.length), '#');
  const [path, query = ''] = cut(beforeSubpath, '?');
  const [type, rest] = cut(path.replace(/^\/+/, ''), '/');
  if (rest === undefined) return fail('there is no "/" with a name after the type');

  const at = versionStart(rest);
  const names = at < 0 ? rest : rest.slice(0, at);
  const segments = names.split('/').filter((segment) => segment !== '');
  if (segments.length === 0 || (at >= 0 && names.endsWith('/'))) return fail('the name is empty');
  const nameFrom = rulesOf(type.toLowerCase()).nameIsPath ? Math.min(1, segments.length - 1) : segments.length - 1;
  const components = {
    type,
    namespace: decodeSegments(segments.slice(0, nameFrom), fail),
    name: decode(segments.slice(nameFrom).join('/'), fail),
    version: at < 0 ? undefined : decode(rest.slice(at + 1), fail),
    subpath: decodeSegments(subpath.split('/'), fail),
  };
  return normalise(components, pairsOf(query, fail), fail);
}

// The last "@" starts the version, but not one that starts a segment of the namespace, as scopes of npm do.
function versionStart(path: string): number {
  const at = path.lastIndexOf('@');
  const isScope = (at === 0 || path[at - 1] === '/') && path.includes('/', at);
  return isScope ? -1 : at;
}

function pairsOf(query: string, fail: Fail): [key: string, value: string][] {
  return query.split('&').map((pair) => {
    const [key, value = ''] = cut(pair, '=');
    return [key, decode(value, fail)];
  });
}

function decodeSegments(segments: readonly string[], fail: Fail): string {
  const decoded = segments.map((segment) => decode(segment, fail));
  const slashed = decoded.findIndex((segment) => segment.includes('/'));
  return slashed < 0 ? decoded.join('/') : fail(`the segment "${segments[slashed]}" has an encoded slash`);
}

function decode(text: string, fail: Fail): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return fail(`"${text}" has a "%" that does not start an encoded character`);
  }
}

function cut(text: string, separator: string): [before: string, after?: string] {
  const at = text.indexOf(separator);
  return at < 0 ? [text] : [text.slice(0, at), text.slice(at + 1)];
}
