import { type Fail, failing } from './fault.ts';
import { normalise } from './normalise.ts';
import type { PackageUrl } from './package-url.ts';
import { rulesOf } from './type-rules.ts';

/**
 * The canonical text: the same components give the same bytes, and `parsePackageUrl()` gives them back. The rules of the type are
 * applied as in reading. Throws PACKAGE_URL_INVALID for components that no package URL can have. Package-URL, "How to build a PURL".
 */
export function formatPackageUrl(purl: PackageUrl): string {
  const fail: Fail = failing('write package URL of', purl.name);
  const normal = normalise(purl, Object.entries(purl.qualifiers ?? {}), fail);
  const { type, namespace, name, version, qualifiers = {}, subpath } = normal;
  const encode = (component: string): string => encodeComponent(component, fail);
  const encodePath = (path: string): string => path.split('/').map(encode).join('/');
  const query = Object.entries(qualifiers).map(([key, value]) => `${key}=${encode(value)}`);
  return [
    `pkg:${type}/`,
    namespace === undefined ? '' : `${encodePath(namespace)}/`,
    rulesOf(type).nameIsPath ? encodePath(name) : encode(name),
    version === undefined ? '' : `@${encode(version)}`,
    query.length === 0 ? '' : `?${query.join('&')}`,
    subpath === undefined ? '' : `#${encodePath(subpath)}`,
  ].join('');
}

// Everything but letters, digits and .-_~ is encoded, with the exception of the colon. Specification §Character encoding.
function encodeComponent(text: string, fail: Fail): string {
  if (!text.isWellFormed()) return fail(`"${text}" has half of a surrogate pair, which is no character`);
  return encodeURIComponent(text).replaceAll(/[!'()*]|%3A/g, (found) =>
    found === '%3A' ? ':' : `%${found.charCodeAt(0).toString(16).toUpperCase()}`,
  );
}
