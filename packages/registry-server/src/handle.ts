import { type Answer, json, problem } from './answer.ts';
import { deleteBlob, getBlob } from './blob.ts';
import type { Exchange, Registry } from './exchange.ts';
import { listReferrers, listRepositories, listTags } from './list.ts';
import { deleteManifest, getManifest, putManifest } from './manifest.ts';
import { parseRoute, type Route } from './route.ts';
import { beginUpload, deleteUpload, getUpload, patchUpload, putUpload } from './upload.ts';

/** The distribution protocol, from a path and an exchange to an answer. */
export async function handle(registry: Registry, path: string, exchange: Exchange): Promise<Answer> {
  const route = parseRoute(path);
  switch (route.kind) {
    case 'unknown':
      return problem(404, 'UNSUPPORTED', `There is nothing at ${path}`);
    case 'bad-name':
      return problem(400, 'NAME_INVALID', `"${route.name}" is not a repository name`, { detail: { name: route.name } });
    default:
      return (await answer(registry, route, exchange)) ?? notAllowed(exchange.method);
  }
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
      if (exchange.method === 'DELETE') return deleteManifest(registry, route.name, route.reference);
      return undefined;
    case 'blob':
      if (reading) return getBlob(registry, route.name, route.digest, exchange);
      if (exchange.method === 'DELETE') return deleteBlob(registry, route.name, route.digest);
      return undefined;
    case 'uploads':
      return exchange.method === 'POST' ? beginUpload(registry, route.name, exchange) : undefined;
    case 'upload':
      if (exchange.method === 'PATCH') return patchUpload(registry, route.name, route.id, exchange);
      if (exchange.method === 'PUT') return putUpload(registry, route.name, route.id, exchange);
      if (exchange.method === 'GET') return getUpload(registry, route.name, route.id);
      if (exchange.method === 'DELETE') return deleteUpload(registry, route.name, route.id);
      return undefined;
  }
}

function notAllowed(method: string): Answer {
  return problem(405, 'UNSUPPORTED', `${method} is not possible here`);
}
