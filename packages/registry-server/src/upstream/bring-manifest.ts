import { moveTag, recordManifest } from '@lading/catalog';
import { LadingError } from '@lading/errors';
import { algorithmOf, childrenOf, type Descriptor, maxManifestBytes, parseManifest } from '@lading/oci';
import { get, put, type Repository } from '@lading/store';
import type { Identity } from '../access/identity.ts';
import { refuseBrought } from '../policy/refuse-brought.ts';
import { writeContent } from '../policy/write-content.ts';
import { type CacheParts, cacheActor } from './cache-parts.ts';
import type { UpstreamSource } from './upstream-source.ts';

/** What is to be brought into which repository. */
export interface WantedManifest {
  readonly source: UpstreamSource;
  readonly remote: Repository;
  readonly repository: string;
  readonly descriptor: Descriptor;
  /** Points to it from now on. */
  readonly tag?: string | undefined;
  readonly identity: Identity;
}

/**
 * Makes a manifest of an upstream part of a repository, verified and durable; what it names comes when it is asked for. Throws what the
 * source throws, POLICY_REFUSED, and what is wrong with manifests.
 */
export async function bringManifest(
  { registry, signal }: CacheParts,
  { source, remote, repository, descriptor, tag, identity }: WantedManifest,
): Promise<void> {
  const { content, catalog, policy, manifests, events } = registry;
  const { digest, mediaType } = descriptor;
  const actor = cacheActor(source);
  const event = { repository, digest, mediaType, size: descriptor.size, actor: actor.name, at: new Date() };
  // What is in quarantine is refused to whoever asks, and what was purged is not to be here; neither need come for that.
  if (policy.cautionOf(repository, digest)?.refusal !== undefined) throw refused(repository, descriptor);
  await refuseBrought(catalog.database, repository, [digest]);
  if ((await catalog.manifest(repository, digest)) === undefined) {
    const bytes = await source.ask(() => get(remote.content, descriptor, { maxBytes: maxManifestBytes, signal }));
    const document = parseManifest(bytes, mediaType, { algorithm: algorithmOf(digest) });
    const refusal = await policy.refuseManifest(repository, { descriptor: document.descriptor, document }, identity);
    if (refusal !== undefined) throw refused(repository, descriptor);
    const rewrite = () => put(content, bytes, { digest, size: bytes.length });
    await rewrite();
    const parts = childrenOf(document).map((part) => part.digest);
    await writeContent(registry, actor, { digest, rewrite }, async (page) => {
      await refuseBrought(page, repository, [digest, ...parts]);
      await recordManifest(page, repository, document.descriptor, bytes);
      if (tag !== undefined) await moveTag(page, repository, tag, digest);
    });
    manifests.set(digest, bytes);
    events.emit({ ...event, kind: 'push' });
  } else if (tag !== undefined) {
    await catalog.ledger.write(actor, (page) => moveTag(page, repository, tag, digest));
  }
  if (tag !== undefined) events.emit({ ...event, kind: 'tag', tag });
}

function refused(repository: string, { digest, mediaType }: Descriptor): LadingError {
  return new LadingError(
    'POLICY_REFUSED',
    `Cannot keep ${digest} in ${repository}: the policy of the registry forbids it`,
    {
      details: { repository, digest, mediaType },
    },
  );
}
