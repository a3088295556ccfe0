import { type Descriptor, isDigest, mediaTypes } from '@lading/oci';
import { type Answer, bytes, json, problem } from './answer.ts';
import type { Exchange, Registry } from './exchange.ts';

/** distribution-spec 1.1 §listing tags. `last` is exclusive and also works without `n`. */
export async function listTags(registry: Registry, name: string, exchange: Exchange): Promise<Answer> {
  const page = pageOf(exchange);
  if (page === undefined) return badNumber();
  if (!(await registry.catalog.hasRepository(name))) {
    return problem(404, 'NAME_UNKNOWN', `There is no repository ${name}`, { detail: { name } });
  }
  const { items, next } = await take(registry.catalog.references(name).tags(page.ask), page.limit);
  return json(200, { name, tags: items }, link(`/v2/${name}/tags/list`, page.limit, next));
}

/** Docker's `_catalog`, which the distribution-spec reserves. */
export async function listRepositories(registry: Registry, exchange: Exchange): Promise<Answer> {
  const page = pageOf(exchange);
  if (page === undefined) return badNumber();
  const { items, next } = await take(registry.catalog.repositories(page.ask), page.limit);
  return json(200, { repositories: items }, link('/v2/_catalog', page.limit, next));
}

/** distribution-spec 1.1 §listing referrers: an index, empty for a subject or repository that is not known. */
export async function listReferrers(
  registry: Registry,
  name: string,
  digest: string,
  exchange: Exchange,
): Promise<Answer> {
  if (!isDigest(digest)) return problem(400, 'DIGEST_INVALID', `"${digest}" is not a digest`);
  const artifactType = exchange.query.get('artifactType');
  const filter = artifactType === null ? {} : { artifactType };
  const manifests: Descriptor[] = [];
  for await (const descriptor of registry.catalog.references(name).referrers(digest, filter))
    manifests.push(descriptor);
  const index = { schemaVersion: 2, mediaType: mediaTypes.ociIndex, manifests };
  return bytes(200, Buffer.from(JSON.stringify(index)), {
    'Content-Type': mediaTypes.ociIndex,
    ...(artifactType === null ? {} : { 'OCI-Filters-Applied': 'artifactType' }),
  });
}

interface RequestedPage {
  readonly limit: number | undefined;
  /** One more than the limit is asked for, to know whether there is a next page. */
  readonly ask: { readonly after?: string; readonly limit?: number };
}

function pageOf(exchange: Exchange): RequestedPage | undefined {
  const [n, last] = [exchange.query.get('n'), exchange.query.get('last')];
  if (n !== null && !/^\d{1,9}$/.test(n)) return undefined;
  const limit = n === null ? undefined : Number(n);
  return {
    limit,
    ask: {
      ...(last === null ? {} : { after: last }),
      ...(limit === undefined ? {} : { limit: limit === 0 ? 0 : limit + 1 }),
    },
  };
}

async function take(
  names: AsyncIterable<string>,
  limit: number | undefined,
): Promise<{ items: string[]; next?: string }> {
  const items: string[] = [];
  for await (const name of names) {
    if (items.length === limit) return { items, next: items.at(-1) ?? '' };
    items.push(name);
  }
  return { items };
}

function link(path: string, limit: number | undefined, last: string | undefined): Record<string, string> {
  if (last === undefined) return {};
  return { Link: `<${path}?n=${limit}&last=${encodeURIComponent(last)}>; rel="next"` };
}

function badNumber(): Answer {
  return problem(400, 'PAGINATION_NUMBER_INVALID', 'The parameter "n" is not a number');
}
