import { type LedgerPage, moveTag, recordManifest, tagTarget } from '@lading/catalog';
import {
  algorithmOf,
  artifactTypeOf,
  childrenOf,
  type Descriptor,
  type Digest,
  isDigest,
  isForeignLayerType,
  isTag,
  type ManifestDocument,
  maxManifestBytes,
  parseManifest,
} from '@lading/oci';
import { put } from '@lading/store';
import { type Answer, empty, problem } from './answer.ts';
import { type Exchange, header, type Registry } from './exchange.ts';
import { type BodyRoom, openBodyRoom } from './internal/body-room.ts';
import { actorOf, happened } from './internal/happened.ts';
import { hasNul } from './internal/paging.ts';
import { isMet, type Preconditions, preconditionsOf } from './internal/preconditions.ts';
import { warning } from './internal/warning.ts';
import { movedTag } from './manifest.ts';
import { writeContent } from './policy/write-content.ts';

/**
 * distribution-spec 1.1 §pushing manifests: under a tag, or under its digest with any number of tags. The manifest is durable, then it and
 * its tags are recorded, all of them or none, then the answer is given.
 */
export async function putManifest(
  registry: Registry,
  name: string,
  reference: string,
  exchange: Exchange,
): Promise<Answer> {
  const named = isDigest(reference) ? reference : undefined;
  if (named === undefined && !isTag(reference)) return badReference(reference);
  const tags = named === undefined ? [reference] : [...new Set(exchange.query.getAll('tag'))];
  const bad = tags.find((tag) => !isTag(tag));
  if (bad !== undefined) return problem(400, 'MANIFEST_INVALID', `"${bad}" is not a tag`);
  const room = openBodyRoom();
  try {
    const content = await read(exchange, room);
    return content instanceof Uint8Array
      ? await recordContent(registry, name, { named, tags, content }, exchange)
      : content;
  } finally {
    room.close();
  }
}

interface PushedContent {
  /** The digest that it was pushed under, if it was. */
  readonly named: Digest | undefined;
  readonly tags: readonly string[];
  readonly content: Buffer;
}

async function recordContent(
  registry: Registry,
  name: string,
  { named, tags, content }: PushedContent,
  exchange: Exchange,
): Promise<Answer> {
  const algorithm = named && algorithmOf(named);
  const document = parseManifest(content, header(exchange, 'content-type'), { algorithm });
  const { descriptor } = document;
  const { digest } = descriptor;
  if (named !== undefined && digest !== named) {
    return problem(400, 'DIGEST_INVALID', `The manifest has the digest ${digest}, not ${named}`);
  }
  if (hasNul(artifactTypeOf(document))) {
    return problem(400, 'MANIFEST_INVALID', 'The artifact type of the manifest is not a media type');
  }
  const missing = await missingChildren(registry, name, document);
  if (missing.length > 0 && !registry.policy.acceptsSparse(name)) {
    const detail = missing.map((child) => ({ digest: child.digest, mediaType: child.mediaType }));
    return problem(400, 'MANIFEST_BLOB_UNKNOWN', incomplete(name, missing), { detail });
  }
  const refused = await registry.policy.refuseManifest(name, { descriptor, document }, exchange.identity);
  if (refused !== undefined) return refused;

  await put(registry.content, content, descriptor);
  const expected = preconditionsOf(exchange);
  const written = { digest, rewrite: () => put(registry.content, content, descriptor) };
  const refusedTag = await writeContent(registry, actorOf(registry, exchange), written, async (page) => {
    const refusal = await registry.policy.refuseRecord(page, name, { descriptor, document });
    if (refusal !== undefined) return refusal;
    for (const tag of tags) {
      const fixed = registry.policy.tagRule(name, tag, exchange.identity) === 'fixed';
      const refusal = await refuseTag(page, name, { tag, digest, expected, fixed });
      if (refusal !== undefined) return refusal;
    }
    await recordManifest(page, name, descriptor, content);
    for (const tag of tags) await moveTag(page, name, tag, digest);
    return undefined;
  });
  if (refusedTag !== undefined) return refusedTag;
  registry.manifests.set(digest, content);
  happened(registry, exchange, { kind: 'push', repository: name, ...descriptor });
  for (const tag of tags) happened(registry, exchange, { kind: 'tag', repository: name, tag, ...descriptor });

  const { subject } = document.value;
  return empty(201, {
    Location: `/v2/${name}/manifests/${digest}`,
    'Docker-Content-Digest': digest,
    ...(missing.length === 0 ? {} : { Warning: warning(incomplete(name, missing)) }),
    ...(subject === undefined ? {} : { 'OCI-Subject': subject.digest }),
    ...(named !== undefined && tags.length > 0 ? { 'OCI-Tag': tags.join(', ') } : {}),
  });
}

/** A refusal when it is too large, which a client that announces its length learns before it has sent it, or when too many come at once. */
async function read({ request }: Exchange, room: BodyRoom): Promise<Buffer | Answer> {
  const tooLarge = (): Answer => problem(413, 'SIZE_INVALID', `A manifest may have at most ${maxManifestBytes} bytes`);
  if (Number(request.headers['content-length'] ?? 0) > maxManifestBytes) return tooLarge();
  const parts: Buffer[] = [];
  let size = 0;
  // A stream that is left half-way is destroyed, and with it the connection that the refusal has to go over.
  for await (const chunk of request.iterator({ destroyOnReturn: false }) as AsyncIterable<Buffer>) {
    size += chunk.length;
    const hasRoom = size <= maxManifestBytes && room.take(chunk.length);
    if (hasRoom) {
      parts.push(chunk);
      continue;
    }
    if (size > maxManifestBytes) return tooLarge();
    return problem(429, 'TOOMANYREQUESTS', 'Too many large manifests are pushed at the same time', {
      headers: { 'Retry-After': 1 },
    });
  }
  return parts.length === 1 && parts[0] !== undefined ? parts[0] : Buffer.concat(parts);
}

interface WantedTag {
  readonly tag: string;
  readonly digest: Digest;
  readonly expected: Preconditions | undefined;
  /** Once made, it stays. */
  readonly fixed: boolean;
}

/** Decided where it is then acted on: nobody else writes in between. */
async function refuseTag(
  page: LedgerPage,
  name: string,
  { tag, digest, expected, fixed }: WantedTag,
): Promise<Answer | undefined> {
  if (expected === undefined && !fixed) return undefined;
  const actual = (await tagTarget(page, name, tag))?.digest;
  if (expected !== undefined && !isMet(expected, actual)) return movedTag(tag, actual);
  if (!fixed || actual === undefined || actual === digest) return undefined;
  return problem(409, 'DENIED', `The tag ${tag} is immutable, and points to ${actual}`, {
    detail: { tag, digest: actual },
  });
}

/** What the manifest needs and the repository does not have. Layers that are fetched from elsewhere need not be here. */
async function missingChildren(registry: Registry, name: string, document: ManifestDocument): Promise<Descriptor[]> {
  const { catalog } = registry;
  const children = childrenOf(document).filter(({ mediaType }) => !isForeignLayerType(mediaType));
  const here = await Promise.all(
    children.map(
      async ({ digest }) =>
        // Build caches are indexes whose entries are layers, so an entry of an index may be either.
        (document.kind === 'index' && (await catalog.manifest(name, digest)) !== undefined) ||
        (await catalog.blob(name, digest)) !== undefined,
    ),
  );
  return children.filter((_, at) => here[at] !== true);
}

function incomplete(name: string, missing: readonly Descriptor[]): string {
  return `The repository ${name} lacks ${missing.length} of the manifest's parts: ${missing[0]?.digest}`;
}

function badReference(reference: string): Answer {
  const code = reference.includes(':') ? 'DIGEST_INVALID' : 'MANIFEST_INVALID';
  return problem(400, code, `"${reference}" is neither a tag nor a digest`);
}
