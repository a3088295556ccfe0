import { type Catalog, type Collection, createCollection, type Review } from '@lading/catalog';
import { throwIfAborted } from '@lading/errors';
import type { Digest } from '@lading/oci';
import { jobActor } from '../../jobs/job.ts';
import { leasedSince } from '../blob-leases.ts';
import type { PolicyConfig } from '../policy-config.ts';
import { type CollectingStore, leasedIn, removable, removeContent } from './collecting-store.ts';

/** So many links are decided on in one transaction: requests wait for it. */
const linkBatch = 50;
/** And of content: as many as a store removes under one of its locks. */
const contentBatch = 32;
/** A request that wrote content before it was collected has ended by then. */
const goneMs = 86_400_000;

export interface CollectionOptions {
  readonly catalog: Catalog;
  readonly content: CollectingStore;
  readonly config: Pick<PolicyConfig, 'leaseMs' | 'graceMs' | 'uploadsMs'>;
  readonly now?: (() => Date) | undefined;
  readonly signal?: AbortSignal | undefined;
  /** Told of what was removed, as soon as it is. */
  readonly onRemoved?: ((removed: RemovedContent) => void) | undefined;
}

export interface RemovedLink {
  readonly repository: string;
  readonly digest: Digest;
}

export interface RemovedContent {
  readonly digest: Digest;
  /** Bytes. */
  readonly size: number;
}

/** What a collection removed, or, of a preview, would remove now. */
export interface Garbage {
  /** Blobs that left a repository whose manifests do not need them. */
  readonly links: readonly RemovedLink[];
  /** Content that no repository has. */
  readonly content: readonly RemovedContent[];
}

export interface CollectionOutcome extends Garbage {
  /** Uploads that nobody went on with. */
  readonly uploads: number;
  /** Content that could not be removed; the next run tries again. */
  readonly failures: number;
}

/**
 * Removes what nobody needs, while requests go on. It looks at what changed since the last run and at nothing else. May be broken off
 * anywhere, and then goes on with the next run.
 */
export async function collectGarbage(options: CollectionOptions): Promise<CollectionOutcome> {
  const { catalog, content, config, now = () => new Date(), signal, onRemoved } = options;
  const collection = createCollection(catalog);
  const links: RemovedLink[] = [];
  const since = leasedSince(config.leaseMs, now());
  for (;;) {
    throwIfAborted(signal);
    const reviews = await collection.due('links', since, { limit: linkBatch });
    if (reviews.length === 0) break;
    const loose = await collection.unlinkLoose(reviews, since, jobActor('gc'));
    for (const { link, digest } of loose) if (link !== undefined) links.push({ repository: link.repository, digest });
  }

  const removed: RemovedContent[] = [];
  let failures = 0;
  const sweep = async (reviews: readonly Review[]): Promise<void> => {
    const swept = await sweepContent(collection, content, reviews, { config, now, signal });
    failures += swept.failures;
    removed.push(...swept.removed);
    for (const each of swept.removed) onRemoved?.(each);
  };
  // What a run left that was broken off: those who want to refer to it wait.
  const left = await collection.unsettled();
  if (left.length > 0) await sweep(left);
  const before = contentDue(config, now());
  for (let after: Review | undefined; ; ) {
    throwIfAborted(signal);
    const reviews: readonly Review[] = await collection.due('content', before, { limit: contentBatch, after });
    if (reviews.length === 0) break;
    await sweep(reviews);
    after = reviews.at(-1);
  }
  const uploads = (await content.collectIngests?.(config.uploadsMs)) ?? 0;
  await collection.forgetGone(new Date(now().getTime() - goneMs));
  return { links, content: removed, uploads, failures };
}

/** Exactly what `collectGarbage()` would remove if it ran now and nothing changed meanwhile. */
export async function previewGarbage(options: CollectionOptions): Promise<Garbage> {
  const { catalog, content, config, now = () => new Date(), signal } = options;
  const collection = createCollection(catalog);
  const since = leasedSince(config.leaseMs, now());
  const loose = new Map<Digest, Review[]>();
  for await (const review of allDue(collection, 'links', since)) {
    throwIfAborted(signal);
    if (!(await collection.isLoose(review, since))) continue;
    loose.set(review.digest, [...(loose.get(review.digest) ?? []), review]);
  }
  const candidates = new Set((await collection.unsettled()).map(({ digest }) => digest));
  for await (const { digest } of allDue(collection, 'content', contentDue(config, now()))) candidates.add(digest);
  // What loses its last link in this run is looked at in this run only where there is no grace.
  if (config.graceMs === 0) for (const digest of loose.keys()) candidates.add(digest);
  const leased = await leasedIn(content);
  const going: RemovedContent[] = [];
  for (const digest of candidates) {
    throwIfAborted(signal);
    if (await collection.isHeld(digest, loose.get(digest))) continue;
    const size = await removable(content, digest, leased, config.graceMs);
    if (size !== undefined) going.push({ digest, size });
  }
  const links = [...loose.values()]
    .flat()
    .flatMap(({ link, digest }) => (link ? [{ repository: link.repository, digest }] : []));
  return { links, content: going };
}

/**
 * Compares all that the store has with the catalog, for what no queue knows of: content of uploads that were never linked. The collection
 * after it removes that. Costs what there is, so it runs rarely. How much was found.
 */
export async function findLostContent({
  catalog,
  content,
  now = () => new Date(),
  signal,
}: Pick<CollectionOptions, 'catalog' | 'content' | 'now' | 'signal'>): Promise<{ content: number; links: number }> {
  const collection = createCollection(catalog);
  let found = 0;
  for await (const { digest, createdAt } of content.list({ signal })) {
    throwIfAborted(signal);
    if (await collection.reviewUnknown(digest, createdAt ?? now())) found++;
  }
  return { content: found, links: await collection.reviewLooseLinks() };
}

/** Content is looked at once its grace is over: with none, also what was unlinked in this very millisecond. */
function contentDue({ graceMs }: Pick<PolicyConfig, 'graceMs'>, now: Date): Date {
  return new Date(now.getTime() - graceMs + 1);
}

async function* allDue(collection: Collection, what: 'links' | 'content', before: Date): AsyncGenerator<Review> {
  for (let after: Review | undefined; ; ) {
    const reviews: readonly Review[] = await collection.due(what, before, { limit: 1000, after });
    if (reviews.length === 0) return;
    yield* reviews;
    after = reviews.at(-1);
  }
}

interface Swept {
  readonly removed: readonly RemovedContent[];
  readonly failures: number;
}

/** Marks, removes, and says what became of each. One that fails does not keep the others. */
async function sweepContent(
  collection: Collection,
  content: CollectingStore,
  reviews: readonly Review[],
  { config, now, signal }: Required<Pick<CollectionOptions, 'config' | 'now' | 'signal'>>,
): Promise<Swept> {
  const going = await collection.condemn(reviews, now?.() ?? new Date());
  if (going.length === 0) return { removed: [], failures: 0 };
  const digests = going.map(({ digest }) => digest);
  let removed: ReadonlyMap<Digest, number> = new Map();
  let failures = 0;
  try {
    removed = await removeContent(content, digests, { olderThanMs: config.graceMs, signal });
  } catch {
    failures = digests.length;
  }
  const gone: Review[] = [];
  const spared: Review[] = [];
  for (const review of going) {
    // Content that was missing before is as gone as what was removed.
    const absent = removed.has(review.digest) || (await content.stat(review.digest)) === undefined;
    (absent ? gone : spared).push(review);
  }
  await collection.settle(gone, spared);
  return { removed: [...removed].map(([digest, size]) => ({ digest, size })), failures };
}
