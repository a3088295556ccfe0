import { randomUUID } from 'node:crypto';
import {
  type Actor,
  type Catalog,
  contentBelow,
  expireTrash,
  type LedgerPage,
  type Needing,
  needingContent,
  openPurges,
  removeManifest,
  unlinkBlob,
} from '@lading/catalog';
import { LadingError } from '@lading/errors';
import type { Digest } from '@lading/oci';
import type { ContentStore } from '@lading/store';
import type { ManifestCache } from '../../internal/manifest-cache.ts';
import { jobActor } from '../../jobs/job.ts';
import { type Receipt, signingKey, signStatement } from './receipt.ts';

export interface PurgeOptions {
  readonly catalog: Catalog;
  readonly content: ContentStore;
  /** Of this replica; others drop what was purged when they see it in the database. */
  readonly manifests?: Pick<ManifestCache, 'delete'> | undefined;
  readonly now?: (() => Date) | undefined;
}

/** What a purge takes. */
export interface PurgePlan {
  /** The content, and, of a manifest, what nothing else needs. */
  readonly digests: readonly Digest[];
  /** What needs that, and cannot be without it. */
  readonly manifests: readonly Needing[];
}

type Reads = Pick<LedgerPage, 'all' | 'get'>;

/** What `purge()` of that content would take now. Throws BLOB_NOT_FOUND when the registry has nothing of it. */
export async function planPurge(statements: Reads, digest: Digest): Promise<PurgePlan> {
  const manifests = await needingContent(statements, [digest]);
  const going = new Set(manifests.map((manifest) => `${manifest.repository}@${manifest.digest}`));
  const digests = [digest];
  for (const part of await contentBelow(statements, digest)) {
    const others = await needingContent(statements, [part]);
    // A child that is a manifest needs itself, and goes as well.
    const needed = others.some((other) => other.digest !== part && !going.has(`${other.repository}@${other.digest}`));
    if (!needed) digests.push(part);
  }
  const all = await needingContent(statements, digests);
  const linked = await statements.get('SELECT 1 AS found FROM blobs WHERE digest = ? LIMIT 1', digest);
  if (all.length === 0 && linked === undefined) {
    throw new LadingError('BLOB_NOT_FOUND', `Cannot purge ${digest}: no repository has it`, { details: { digest } });
  }
  return { digests, manifests: all };
}

/**
 * Removes content from everywhere, whatever needs it and however short a while ago it was removed: from repositories and trash, from the
 * store, from what is in memory, and its name from the journal. Resolves, with the receipt, when it is gone; when it was broken off before
 * that, the next collection goes on. Throws BLOB_NOT_FOUND.
 */
export async function purgeContent(
  options: PurgeOptions,
  by: Actor,
  digest: Digest,
  reason: string,
): Promise<{ readonly purge: string; readonly receipt: Receipt }> {
  const { catalog } = options;
  const purge = randomUUID();
  const plan = await catalog.ledger.write(by, async (page) => {
    const found = await planPurge(page, digest);
    for (const { repository, digest: manifest, trashed } of found.manifests) {
      if (trashed) await expireTrash(page, repository, manifest);
      else await removeManifest(page, repository, manifest, { restorable: false });
    }
    for (const content of found.digests) {
      const links = await page.all(
        'SELECT r.name FROM blobs b JOIN repositories r ON r.id = b.repository_id WHERE b.digest = ? ORDER BY r.name',
        content,
      );
      for (const { name } of links) await unlinkBlob(page, String(name), content);
    }
    await page.enter({ kind: 'content.purged', purge, digests: found.digests, reason, manifests: found.manifests });
    return found;
  });
  return { purge, receipt: await complete(options, { purge, ...plan, reason, by, decidedAt: now(options) }) };
}

interface Decided extends PurgePlan {
  readonly purge: string;
  readonly reason: string;
  readonly by: Actor;
  readonly decidedAt: string;
}

/** Whoever decided on a purge is given so long to complete it. */
const patienceMs = 120_000;

/** Goes on with purges that were decided and broken off. How many there were. */
export async function resumePurges(options: PurgeOptions): Promise<number> {
  const { catalog } = options;
  const before = new Date((options.now?.() ?? new Date()).getTime() - patienceMs).toISOString();
  const open = (await openPurges(catalog.database)).filter(({ at }) => at < before);
  for (const { purge, at, digests, reason, by, manifests } of open) {
    const actor = by === undefined ? jobActor('gc') : { name: by };
    await complete(options, { purge, digests, manifests, reason, by: actor, decidedAt: at });
  }
  return open.length;
}

async function complete(options: PurgeOptions, decided: Decided): Promise<Receipt> {
  const { catalog, content, manifests } = options;
  const { purge, digests, reason, by } = decided;
  for (const digest of digests) {
    await content.delete(digest);
    manifests?.delete(digest);
  }
  const redactedRecords = await catalog.ledger.redact(digests);
  const row = await catalog.database.get(
    "SELECT sequence FROM audit WHERE kind = 'content.purged' AND entry LIKE ?",
    `%${purge}%`,
  );
  const receipt = signStatement(
    {
      purge,
      reason,
      by: by.name,
      decidedAt: decided.decidedAt,
      completedAt: now(options),
      digests,
      manifests: decided.manifests,
      ...(row === undefined ? {} : { journalSequence: Number(row.sequence) }),
      redactedRecords,
    },
    await signingKey(catalog.database),
  );
  await catalog.ledger.write(by, (page) =>
    page.enter({ kind: 'purge.completed', purge, receipt: JSON.stringify(receipt) }),
  );
  return receipt;
}

function now(options: PurgeOptions): string {
  return (options.now?.() ?? new Date()).toISOString();
}
