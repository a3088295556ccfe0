import { removeManifest } from '@lading/catalog';
import { type Digest, isDigest, isTag, maxManifestBytes } from '@lading/oci';
import { get } from '@lading/store';
import { addressOf } from './access/origin.ts';
import { type Answer, bytes, empty, problem } from './answer.ts';
import { type Exchange, header, type Registry } from './exchange.ts';
import { actorOf, happened } from './internal/happened.ts';
import { isMet, preconditionsOf } from './internal/preconditions.ts';
import { warning } from './internal/warning.ts';

/** distribution-spec 1.1 §pulling manifests. */
export async function getManifest(
  registry: Registry,
  name: string,
  reference: string,
  exchange: Exchange,
): Promise<Answer> {
  if (!isDigest(reference) && !isTag(reference)) return unknownManifest(name, reference);
  const { upstreams } = registry;
  const stale = upstreams?.has(name) ? await upstreams.freshen(name, reference, exchange.identity) : undefined;
  const descriptor = await registry.catalog.references(name).resolve(reference);
  if (descriptor === undefined) return unknownManifest(name, reference);
  const { digest, mediaType, size } = descriptor;
  const tag = isDigest(reference) ? undefined : reference;
  const caution = registry.policy.cautionOf(name, digest, tag);
  if (caution?.refusal !== undefined) return caution.refusal;
  const judged = registry.policy.judgePull(name, descriptor);
  const verdict = judged && (await judged);
  if (verdict?.refusal !== undefined) {
    happened(registry, exchange, {
      kind: 'refuse',
      repository: name,
      digest,
      tag,
      detail: whoAsks(registry, exchange),
    });
    return verdict.refusal;
  }
  const warnings = [caution?.warning, verdict?.warning, stale].filter((text) => text !== undefined);
  const headers = {
    'Content-Type': mediaType,
    'Docker-Content-Digest': digest,
    ETag: `"${digest}"`,
    ...(warnings.length === 0 ? {} : { Warning: warnings.map(warning).join(', ') }),
  };
  if (header(exchange, 'if-none-match')?.includes(`"${digest}"`)) return empty(304, headers);
  if (exchange.method === 'HEAD') return { status: 200, headers: { ...headers, 'Content-Length': size } };
  let content = registry.manifests.get(digest);
  if (content === undefined) {
    content = await get(registry.content, descriptor, { maxBytes: maxManifestBytes, signal: exchange.signal });
    registry.manifests.set(digest, content);
  }
  happened(registry, exchange, { kind: 'pull', repository: name, digest, tag, mediaType, size });
  return bytes(200, content, headers);
}

function whoAsks(registry: Registry, { request }: Exchange): { readonly address: string } {
  return { address: addressOf(request, registry.origin) };
}

/** distribution-spec 1.1 §deleting: a tag alone, or a manifest with every tag on it. `If-Match` holds the tag to what it is meant to be. */
export async function deleteManifest(
  registry: Registry,
  name: string,
  reference: string,
  exchange: Exchange,
): Promise<Answer> {
  if (!isDigest(reference) && !isTag(reference)) return unknownManifest(name, reference);
  const refused = await registry.policy.refuseDelete(name, reference, exchange.identity);
  if (refused !== undefined) return refused;
  if (isDigest(reference)) {
    const { catalog, policy } = registry;
    const removed = await catalog.ledger.write(
      actorOf(registry, exchange),
      async (page) =>
        (await policy.refuseRemoval(page, name, reference)) ??
        removeManifest(page, name, reference, { restorable: policy.keepsTrash(name) }),
    );
    if (typeof removed === 'object') return removed;
    if (!removed) return unknownManifest(name, reference);
    happened(registry, exchange, { kind: 'delete', repository: name, digest: reference });
    return empty(202);
  }
  return deleteTag(registry, name, reference, exchange);
}

async function deleteTag(registry: Registry, name: string, tag: string, exchange: Exchange): Promise<Answer> {
  const expected = preconditionsOf(exchange);
  let held: Digest | undefined;
  if (expected !== undefined) {
    held = (await registry.catalog.references(name).resolve(tag))?.digest;
    if (!isMet(expected, held)) return movedTag(tag, held);
  }
  const digest = await registry.catalog.removeTag(name, tag, held, actorOf(registry, exchange));
  if (digest === undefined) return held === undefined ? unknownManifest(name, tag) : movedTag(tag, undefined);
  happened(registry, exchange, { kind: 'untag', repository: name, digest, tag });
  return empty(202);
}

/** The answer where a precondition does not hold; `actual` is what the tag points to, where that is known. */
export function movedTag(tag: string, actual: Digest | undefined): Answer {
  const now = actual === undefined ? 'does not point to' : `points to ${actual} now, and not to`;
  return problem(412, 'DENIED', `The tag ${tag} ${now} what the request expects`, {
    ...(actual === undefined ? {} : { detail: { tag, digest: actual } }),
  });
}

function unknownManifest(name: string, reference: string): Answer {
  return problem(404, 'MANIFEST_UNKNOWN', `The repository ${name} has no manifest ${reference}`, {
    detail: { name, reference },
  });
}
