import {
  type Actor,
  linkBlob,
  moveTag,
  partsOfTrashed,
  recordManifest,
  removedTag,
  type TrashRecord,
  trashed,
} from '@lading/catalog';
import { LadingError } from '@lading/errors';
import { type Digest, isDigest, maxManifestBytes, parseManifest } from '@lading/oci';
import { get, put } from '@lading/store';
import type { Answer } from '../answer.ts';
import type { Registry } from '../exchange.ts';
import { writeContent } from './write-content.ts';

type Parts = Pick<Registry, 'catalog' | 'content' | 'policy'>;

export interface Restored {
  readonly repository: string;
  readonly digest: Digest;
  /** Those that point to it again. A tag that points elsewhere by now does not. */
  readonly tags: readonly string[];
}

/**
 * Brings back a removed manifest with its tags, by digest, or a removed tag with its manifest where that was removed, too. Throws
 * RESTORE_IMPOSSIBLE when it is not in the trash, or POLICY_REFUSED with the refusal that a push would get.
 */
export async function restore(
  registry: Parts,
  by: Actor | undefined,
  repository: string,
  reference: string,
  { since }: { readonly since: Date },
): Promise<Restored> {
  if (isDigest(reference)) {
    const record = await trashed(registry.catalog.database, repository, reference);
    if (record === undefined) throw impossible(repository, reference, 'it is not in the trash');
    return restoreManifest(registry, by, record, record.tags);
  }
  const removed = await removedTag(registry.catalog.database, repository, reference);
  if (removed === undefined) throw impossible(repository, reference, 'it was not removed');
  if (removed.at < since) throw impossible(repository, reference, 'it was removed too long ago');
  const { digest } = removed;
  const record = await trashed(registry.catalog.database, repository, digest);
  if (record !== undefined) return restoreManifest(registry, by, record, [reference]);
  if ((await registry.catalog.manifest(repository, digest)) === undefined) {
    throw impossible(repository, reference, `its manifest ${digest} is gone`);
  }
  const outcome = await registry.catalog.ledger.write(by, (page) =>
    moveTag(page, repository, reference, digest, { expected: null }),
  );
  if (!outcome.tagged) throw impossible(repository, reference, 'it has been made again meanwhile');
  return { repository, digest, tags: [reference] };
}

async function restoreManifest(
  registry: Parts,
  by: Actor | undefined,
  { repository, descriptor }: TrashRecord,
  wanted: readonly string[],
): Promise<Restored> {
  const { catalog, content, policy } = registry;
  const { digest } = descriptor;
  const parts = await partsOfTrashed(catalog.database, repository, digest);
  // An index that lost its children with it gets them back first.
  for (const part of parts) {
    if (part.kind !== 'manifest') continue;
    const child = await trashed(catalog.database, repository, part.digest);
    if (child !== undefined) await restoreManifest(registry, by, child, []);
  }
  const bytes = await get(content, descriptor, { maxBytes: maxManifestBytes });
  const document = parseManifest(bytes, descriptor.mediaType);
  const blobs: { readonly digest: Digest; readonly size: number }[] = [];
  for (const { kind, digest: blob, size } of parts) {
    // What the repository never had, as with a sparse manifest, it does not get.
    if (kind !== 'manifest' && (await content.stat(blob)) !== undefined) blobs.push({ digest: blob, size });
  }
  const rewrite = (): Promise<unknown> => put(content, bytes, descriptor);
  const outcome = await writeContent(registry, by, { digest, rewrite }, async (page): Promise<Answer | string[]> => {
    for (const { digest: blob, size } of blobs) await linkBlob(page, repository, blob, size);
    const refusal = await policy.refuseRecord(page, repository, { descriptor, document });
    if (refusal !== undefined) throw refused(repository, digest, refusal);
    await recordManifest(page, repository, descriptor, bytes);
    const tags: string[] = [];
    for (const tag of wanted) {
      const { tagged } = await moveTag(page, repository, tag, digest, { expected: null });
      if (tagged) tags.push(tag);
    }
    return tags;
  });
  return { repository, digest, tags: Array.isArray(outcome) ? outcome : [] };
}

function refused(repository: string, digest: Digest, answer: Answer): LadingError {
  const body = answer.body instanceof Uint8Array ? JSON.parse(Buffer.from(answer.body).toString()) : {};
  const [{ message = 'a policy refuses it' } = {}] = body.errors ?? []; // written by problem() of answer.ts
  return new LadingError('POLICY_REFUSED', `Cannot restore ${repository}@${digest}: ${message}`);
}

function impossible(repository: string, reference: string, reason: string): LadingError {
  const separator = isDigest(reference) ? '@' : ':';
  return new LadingError('RESTORE_IMPOSSIBLE', `Cannot restore ${repository}${separator}${reference}: ${reason}`, {
    hint: 'See what can be restored: `lading registry trash`.',
  });
}
