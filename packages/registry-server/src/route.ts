import { isRepositoryName } from '@lading/oci';

/** Where a request goes, by distribution-spec 1.1 §endpoints. `name` is the repository. */
export type Route =
  | { readonly kind: 'base' }
  | { readonly kind: 'catalog' }
  | { readonly kind: 'tags'; readonly name: string }
  | { readonly kind: 'manifest'; readonly name: string; readonly reference: string }
  | { readonly kind: 'blob'; readonly name: string; readonly digest: string }
  | { readonly kind: 'uploads'; readonly name: string }
  | { readonly kind: 'upload'; readonly name: string; readonly id: string }
  | { readonly kind: 'referrers'; readonly name: string; readonly digest: string }
  | { readonly kind: 'bad-name'; readonly name: string }
  | { readonly kind: 'unknown' };

/** Repository names contain slashes, so a path is read from its end. `path` is without the query and still percent-encoded. */
export function parseRoute(path: string): Route {
  if (path === '/v2/' || path === '/v2') return { kind: 'base' };
  if (path === '/v2/_catalog' || path === '/v2/_catalog/') return { kind: 'catalog' };
  if (!path.startsWith('/v2/')) return { kind: 'unknown' };
  // Some clients put a slash behind what has none.
  const rest = decode(path.slice('/v2/'.length, path.endsWith('/') ? -1 : undefined));
  if (rest === undefined) return { kind: 'unknown' };

  const route = fromEnd(rest);
  return 'name' in route && !isRepositoryName(route.name) ? { kind: 'bad-name', name: route.name } : route;
}

function fromEnd(rest: string): Route {
  if (rest.endsWith('/tags/list')) return { kind: 'tags', name: rest.slice(0, -'/tags/list'.length) };
  if (rest.endsWith('/blobs/uploads')) return { kind: 'uploads', name: rest.slice(0, -'/blobs/uploads'.length) };
  const last = rest.lastIndexOf('/');
  const [head, tail] = [rest.slice(0, last), rest.slice(last + 1)];
  if (tail === '') return { kind: 'unknown' };
  if (head.endsWith('/blobs/uploads'))
    return { kind: 'upload', name: head.slice(0, -'/blobs/uploads'.length), id: tail };
  if (head.endsWith('/manifests'))
    return { kind: 'manifest', name: head.slice(0, -'/manifests'.length), reference: tail };
  if (head.endsWith('/blobs')) return { kind: 'blob', name: head.slice(0, -'/blobs'.length), digest: tail };
  if (head.endsWith('/referrers'))
    return { kind: 'referrers', name: head.slice(0, -'/referrers'.length), digest: tail };
  return { kind: 'unknown' };
}

function decode(text: string): string | undefined {
  if (!text.includes('%')) return text;
  try {
    return decodeURIComponent(text);
  } catch {
    return undefined;
  }
}
