import { needOf } from './access/need.ts';
import { type Answer, json, problem } from './answer.ts';
import { deleteBlob, getBlob } from './blob.ts';
import type { Exchange, Incoming, Registry } from './exchange.ts';
import { listReferrers, listRepositories, listTags } from './list.ts';
import { deleteManifest, getManifest } from './manifest.ts';
import { putManifest } from './push-manifest.ts';
import { parseRoute, type Route } from './route.ts';
import { beginUpload, deleteUpload, getUpload, patchUpload, putUpload } from './upload.ts';

/** The distribution protocol, from a path and a request to an answer: what is asked for, who asks, may they, and then the handler. */
export async function handle(registry: Registry, path: string, incoming: Incoming): Promise<Answer> {
  const route = parseRoute(path);
  incoming.route = route;
  if (route.kind === 'unknown') {
    const answer = await registry.access.handle?.(path, incoming.request);
    return answer ?? problem(404, 'UNSUPPORTED', `There is nothing at ${path}`);
  }
  if (route.kind === 'bad-name') {
    return problem(400, 'NAME_INVALID', `"${route.name}" is not a repository name`, { detail: { name: route.name } });
  }
  const asked = await registry.access.identify(incoming.request);
  if ('refusal' in asked) return asked.refusal;
  const { identity } = asked;
  incoming.identity = identity;
  const need = needOf(route, incoming.method);
  const permitted = need?.repository === undefined ? true : registry.access.may(identity, need.action, need.repository);
  if (need !== undefined && !permitted) return registry.access.refuse(identity, need, incoming.request);
  if (isPush(incoming.method) && 'name' in route && registry.upstreams?.has(route.name)) return isCache(route.name);
  return (await answer(registry, route, incoming as Exchange)) ?? notAllowed(incoming.method);
}

type KnownRoute = Exclude<Route, { kind: 'unknown' | 'bad-name' }>;

/** `undefined` when the route has no such method. */
async function answer(registry: Registry, route: KnownRoute, exchange: Exchange): Promise<Answer | undefined> {
  const reading = exchange.method === 'GET' || exchange.method === 'HEAD';
  switch (route.kind) {
    case 'base':
      return reading ? json(200, {}) : undefined;
    case 'catalog':
      return reading ? listRepositories(registry, exchange) : undefined;
    case 'tags':
      return reading ? listTags(registry, route.name, exchange) : undefined;
    case 'referrers':
      return reading ? listReferrers(registry, route.name, route.digest, exchange) : undefined;
    case 'manifest':
      if (reading) return getManifest(registry, route.name, route.reference, exchange);
      if (exchange.method === 'PUT') return putManifest(registry, route.name, route.reference, exchange);
      if (exchange.method === 'DELETE') return deleteManifest(registry, route.name, route.reference, exchange);
      return undefined;
    case 'blob':
      if (reading) return getBlob(registry, route.name, route.digest, exchange);
      if (exchange.method === 'DELETE') return deleteBlob(registry, route.name, route.digest, exchange);
      return undefined;
    case 'uploads':
      return exchange.method === 'POST' ? beginUpload(registry, route.name, exchange) : undefined;
    case 'upload':
      if (exchange.method === 'PATCH') return patchUpload(registry, route.name, route.id, exchange);
      if (exchange.method === 'PUT') return putUpload(registry, route.name, route.id, exchange);
      if (exchange.method === 'GET') return getUpload(registry, route.name, route.id, exchange);
      if (exchange.method === 'DELETE') return deleteUpload(registry, route.name, route.id, exchange);
      return undefined;
  }
}

function isPush(method: string): boolean {
  return method === 'PUT' || method === 'POST' || method === 'PATCH';
}

function isCache(name: string): Answer {
  return problem(405, 'UNSUPPORTED', `The repository ${name} is a cache of another registry: push there`);
}

function notAllowed(method: string): Answer {
  return problem(405, 'UNSUPPORTED', `${method} is not possible here`);
}
