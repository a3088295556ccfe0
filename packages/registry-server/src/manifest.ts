import { collect } from '@lading/bytes';
import { isLadingError } from '@lading/errors';
import {
  algorithmOf,
  type Descriptor,
  type Digest,
  digestOf,
  isDigest,
  isTag,
  type ManifestDocument,
  parseManifest,
} from '@lading/oci';
import { get, put } from '@lading/store';
import { type Answer, bytes, empty, problem } from './answer.ts';
import { type Exchange, header, type Registry } from './exchange.ts';

/** The largest manifest that is taken: distribution-spec 1.1 asks for at least 4 MiB. */
export const maxManifestBytes: number = 4 << 20;

/** distribution-spec 1.1 §pulling manifests. */
export async function getManifest(
  registry: Registry,
  name: string,
  reference: string,
  exchange: Exchange,
): Promise<Answer> {
  if (!isDigest(reference) && !isTag(reference)) return unknownManifest(name, reference);
  const descriptor = await registry.catalog.references(name).resolve(reference);
  if (descriptor === undefined) return unknownManifest(name, reference);
  const caution = registry.policy.cautionOf(name, descriptor.digest);
  if (caution?.refusal !== undefined) return caution.refusal;
  const headers = {
    'Content-Type': descriptor.mediaType,
    'Docker-Content-Digest': descriptor.digest,
    ETag: `"${descriptor.digest}"`,
    ...(caution?.warning === undefined ? {} : { Warning: warning(caution.warning) }),
  };
  if (header(exchange, 'if-none-match')?.includes(`"${descriptor.digest}"`)) return empty(304, headers);
  if (exchange.method === 'HEAD') return { status: 200, headers: { ...headers, 'Content-Length': descriptor.size } };
  let content = registry.manifests.get(descriptor.digest);
  if (content === undefined) {
    content = await get(registry.content, descriptor, { maxBytes: maxManifestBytes, signal: exchange.signal });
    registry.manifests.set(descriptor.digest, content);
  }
  return bytes(200, content, headers);
}

/** distribution-spec 1.1 §pushing manifests. The manifest is durable, then its tag, then the answer is given. */
export async function putManifest(
  registry: Registry,
  name: string,
  reference: string,
  exchange: Exchange,
): Promise<Answer> {
  if (!isDigest(reference) && !isTag(reference)) {
    const digestLike = reference.includes(':');
    return problem(
      400,
      digestLike ? 'DIGEST_INVALID' : 'MANIFEST_INVALID',
      `"${reference}" is neither a tag nor a digest`,
    );
  }
  let content: Buffer;
  try {
    content = await collect(exchange.request, { maxBytes: maxManifestBytes, what: 'manifest' });
  } catch (error) {
    if (!isLadingError(error, 'BYTES_LIMIT')) throw error;
    return problem(413, 'SIZE_INVALID', `A manifest may have at most ${maxManifestBytes} bytes`);
  }

  const document = parseManifest(content, header(exchange, 'content-type')?.split(';')[0]?.trim());
  const digest = digestOf(content, isDigest(reference) ? algorithmOf(reference) : 'sha256');
  if (isDigest(reference) && digest !== reference) {
    return problem(400, 'DIGEST_INVALID', `The manifest has the digest ${digest}, not ${reference}`);
  }
  const missing = await missingChildren(registry, name, document);
  if (missing.length > 0 && !registry.policy.acceptsSparse(name)) {
    const detail = missing.map((child) => ({ digest: child.digest, mediaType: child.mediaType }));
    return problem(400, 'MANIFEST_BLOB_UNKNOWN', incomplete(name, missing), { detail });
  }

  const descriptor: Descriptor = { mediaType: document.mediaType, digest, size: content.length };
  const refused = await registry.policy.refuseManifest(name, { descriptor, document }, exchange.identity);
  if (refused !== undefined) return refused;
  const references = registry.catalog.references(name);
  await put(registry.content, content, descriptor);
  await references.record(descriptor, content);
  registry.manifests.set(digest, content);

  const tags = isDigest(reference) ? exchange.query.getAll('tag') : [reference];
  const expected = expectedDigest(exchange);
  for (const tag of tags) {
    if (!isTag(tag)) return problem(400, 'MANIFEST_INVALID', `"${tag}" is not a tag`);
    const outcome = await references.tag(tag, descriptor, expected === undefined ? {} : { expected });
    if (!outcome.tagged) {
      return problem(
        412,
        'DENIED',
        `The tag ${tag} points to ${outcome.actual?.digest ?? 'nothing'} now, which the request did not expect`,
      );
    }
  }
  const { subject } = document.value;
  return empty(201, {
    Location: `/v2/${name}/manifests/${digest}`,
    'Docker-Content-Digest': digest,
    ...(missing.length === 0 ? {} : { Warning: warning(incomplete(name, missing)) }),
    ...(subject === undefined ? {} : { 'OCI-Subject': subject.digest }),
    ...(isDigest(reference) && tags.length > 0 ? { 'OCI-Tag': tags.join(', ') } : {}),
  });
}

/** distribution-spec 1.1 §deleting: a tag alone, or a manifest with every tag on it. */
export async function deleteManifest(
  registry: Registry,
  name: string,
  reference: string,
  exchange: Exchange,
): Promise<Answer> {
  const refused = await registry.policy.refuseDelete(name, reference, exchange.identity);
  if (refused !== undefined) return refused;
  const removed = isDigest(reference)
    ? await registry.catalog.removeManifest(name, reference)
    : await registry.catalog.references(name).untag(reference);
  return removed ? empty(202) : unknownManifest(name, reference);
}

/** What the manifest needs and the repository does not have. Layers that are fetched from elsewhere need not be here. */
async function missingChildren(registry: Registry, name: string, document: ManifestDocument): Promise<Descriptor[]> {
  const children =
    document.kind === 'index' ? document.value.manifests : [document.value.config, ...document.value.layers];
  const missing: Descriptor[] = [];
  for (const child of children) {
    if (child.mediaType.includes('nondistributable') || child.mediaType.includes('.foreign.')) continue;
    // Build caches are indexes whose entries are layers, so an entry of an index may be either.
    const here =
      (document.kind === 'index' && (await registry.catalog.manifest(name, child.digest)) !== undefined) ||
      (await registry.catalog.blob(name, child.digest)) !== undefined;
    if (!here) missing.push(child);
  }
  return missing;
}

function incomplete(name: string, missing: readonly Descriptor[]): string {
  return `The repository ${name} lacks ${missing.length} of the manifest's parts: ${missing[0]?.digest}`;
}

/** distribution-spec 1.1 §warnings: what a client may show to whoever pushes or pulls. */
function warning(text: string): string {
  return `299 - "${text.replace(/["\\]/g, "'")}"`;
}

/** `If-Match: "sha256:…"` and `If-None-Match: *` make the PUT of a tag a compare-and-swap. */
function expectedDigest(exchange: Exchange): Digest | null | undefined {
  if (header(exchange, 'if-none-match') === '*') return null;
  const match = header(exchange, 'if-match')?.replace(/^"|"$/g, '');
  return match !== undefined && isDigest(match) ? match : undefined;
}

function unknownManifest(name: string, reference: string): Answer {
  return problem(404, 'MANIFEST_UNKNOWN', `The repository ${name} has no manifest ${reference}`, {
    detail: { name, reference },
  });
}
