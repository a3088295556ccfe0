import { type Descriptor, type Digest, isDigest, mediaTypes } from '@lading/oci';
import { type Answer, bytes, json, problem } from './answer.ts';
import type { Exchange, Registry } from './exchange.ts';
import { asPages, badPage, hasNul, linkTo, pageOf, type RequestedPage, take } from './internal/paging.ts';

/** distribution-spec 1.1 §listing tags. `last` is exclusive and also works without `n`. */
export async function listTags(registry: Registry, name: string, exchange: Exchange): Promise<Answer> {
  const page = pageOf(exchange.query);
  if (page === undefined) return badPage();
  const { upstreams } = registry;
  const ask = { ...page.ask, signal: exchange.signal };
  const tags = upstreams?.has(name) ? asPages(upstreams.tags(name, ask)) : registry.catalog.tagNames(name, ask);
  const { items, next } = await take(tags, page.limit);
  if (items.length === 0 && !(await registry.catalog.hasRepository(name))) {
    return problem(404, 'NAME_UNKNOWN', `There is no repository ${name}`, { detail: { name } });
  }
  return json(200, { name, tags: items }, linkTo(`/v2/${name}/tags/list`, { n: page.limit, last: next }));
}

/** Docker's `_catalog`, which the distribution-spec reserves: of the repositories that exist, those that the caller may pull from. */
export async function listRepositories(registry: Registry, exchange: Exchange): Promise<Answer> {
  const page = pageOf(exchange.query);
  if (page === undefined) return badPage();
  const { items, next } = await take(visible(registry, exchange, page.ask), page.limit);
  return json(200, { repositories: items }, linkTo('/v2/_catalog', { n: page.limit, last: next }));
}

/** At first as many as are asked for: most callers see all. The rest only where some are left out. */
async function* visible(
  { catalog, access }: Registry,
  { identity }: Exchange,
  { after, limit }: RequestedPage['ask'],
): AsyncGenerator<readonly string[]> {
  let last = after;
  for (let most: number | undefined = limit; ; most = undefined) {
    let count = 0;
    for await (const names of catalog.repositoryNames({ after: last, limit: most })) {
      yield names.filter((name) => access.may(identity, 'pull', name));
      last = names.at(-1);
      count += names.length;
    }
    if (most === undefined || count < most) return;
  }
}

/** An index may have 4 MiB, which is as much as clients read of a manifest. */
const maxReferrersBytes = 3 << 20;

/**
 * distribution-spec 1.1 §listing referrers: an index, empty for a subject or repository that is not known. What does not fit into one comes
 * page by page, with `Link` to the next.
 */
export async function listReferrers(
  registry: Registry,
  name: string,
  subject: string,
  exchange: Exchange,
): Promise<Answer> {
  if (!isDigest(subject)) return problem(400, 'DIGEST_INVALID', `"${subject}" is not a digest`);
  const page = pageOf(exchange.query);
  if (page === undefined) return badPage();
  const { after, limit } = page.ask;
  if (after !== undefined && !isDigest(after)) return problem(400, 'DIGEST_INVALID', `"${after}" is not a digest`);
  const artifactType = exchange.query.get('artifactType') || undefined;
  if (hasNul(artifactType)) return problem(400, 'UNSUPPORTED', 'The parameter "artifactType" is not a media type');
  if (registry.upstreams?.has(name)) await registry.upstreams.freshenReferrers(name, subject);
  const found = registry.catalog.referrers(name, subject, { after, artifactType, signal: exchange.signal });
  const { manifests, next } = await fitting(limit === 0 ? none() : found, page.limit);
  const index = `{"schemaVersion":2,"mediaType":"${mediaTypes.ociIndex}","manifests":[${manifests.join(',')}]}`;
  return bytes(200, Buffer.from(index), {
    'Content-Type': mediaTypes.ociIndex,
    ...(artifactType === undefined ? {} : { 'OCI-Filters-Applied': 'artifactType' }),
    ...linkTo(`/v2/${name}/referrers/${subject}`, { artifactType, n: page.limit, last: next }),
  });
}

/** As many as fit into one answer, and the last of them when there are more. */
async function fitting(
  referrers: AsyncIterable<Descriptor>,
  limit: number,
): Promise<{ manifests: string[]; next?: Digest | undefined }> {
  const manifests: string[] = [];
  let size = 0;
  let last: Digest | undefined;
  for await (const descriptor of referrers) {
    const text = JSON.stringify(descriptor);
    size += Buffer.byteLength(text) + 1;
    if (manifests.length === limit || (last !== undefined && size > maxReferrersBytes))
      return { manifests, next: last };
    manifests.push(text);
    last = descriptor.digest;
  }
  return { manifests };
}

async function* none(): AsyncGenerator<Descriptor> {}
