import { type Catalog, type LedgerPage, removeManifest, removeTag } from '@lading/catalog';
import { throwIfAborted } from '@lading/errors';
import type { Digest } from '@lading/oci';
import { jobActor } from '../../jobs/job.ts';
import type { PolicyConfig } from '../policy-config.ts';
import { compileRules, type RetentionRule } from '../policy-rules.ts';
import { planRetention, type RetentionPlan, unnamedUntil } from './plan-retention.ts';
import type { ManifestState, TagState } from './repository-state.ts';
import { readState } from './repository-state.ts';

/** So many removals share a transaction: requests wait for it. */
const batchSize = 50;

export interface RetentionOptions {
  readonly catalog: Catalog;
  readonly config: Pick<PolicyConfig, 'rules' | 'trashMs' | 'leaseMs'>;
  /** All, unless told. */
  readonly repository?: string | undefined;
  readonly now?: (() => Date) | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** What retention would remove now, repository by repository; those of which nothing goes are left out. */
export async function* previewRetention(options: RetentionOptions): AsyncGenerator<RetentionPlan> {
  const { catalog, config, now = () => new Date(), signal } = options;
  const rulesOf = compileRules(config.rules);
  const names = options.repository === undefined ? catalog.repositories() : [options.repository];
  for await (const repository of names) {
    throwIfAborted(signal);
    const rules = rulesOf(repository);
    if (rules.retention === undefined) continue;
    const retention = withLease(rules.retention, config.leaseMs);
    const { untaggedMs } = retention;
    const at = now();
    const unnamedSince = untaggedMs === undefined ? undefined : unnamedUntil(untaggedMs, at);
    const state = await readState(catalog, repository, { unnamedSince });
    if (state === undefined) continue;
    const plan = await planRetention(state, { ...rules, retention }, at);
    if (plan.tags.length > 0 || plan.manifests.length > 0) yield plan;
  }
}

/** A manifest that was just pushed may be part of an index that is to come: like a blob, it stays for the time of a lease at least. */
function withLease(retention: RetentionRule, leaseMs: number): RetentionRule {
  const { untaggedMs } = retention;
  return untaggedMs === undefined ? retention : { ...retention, untaggedMs: Math.max(untaggedMs, leaseMs) };
}

/**
 * Removes what the preview says, and tells what it removed. Each removal is decided once more in its transaction: what changed since, and
 * what that keeps, stays. Manifests go to the trash.
 */
export async function* applyRetention(options: RetentionOptions): AsyncGenerator<RetentionPlan> {
  for await (const plan of previewRetention(options)) yield await applyPlan(options, plan);
}

async function applyPlan({ catalog, config, signal }: RetentionOptions, plan: RetentionPlan): Promise<RetentionPlan> {
  const { repository } = plan;
  const restorable = config.trashMs > 0;
  const by = jobActor('retention');
  const tags: TagState[] = [];
  for (const batch of batches(plan.tags)) {
    throwIfAborted(signal);
    const removed = await catalog.ledger.write(by, async (page) => {
      const gone: TagState[] = [];
      for (const tag of batch) {
        if (!(await isAsBefore(page, repository, tag))) continue;
        await removeTag(page, repository, tag.name, tag.digest);
        gone.push(tag);
      }
      return gone;
    });
    tags.push(...removed);
  }
  // What turns out to stay is no longer among them, and then keeps what is below it.
  const going = new Map(plan.manifests.map((manifest) => [manifest.digest, manifest]));
  const manifests: ManifestState[] = [];
  for (const batch of batches(plan.manifests)) {
    throwIfAborted(signal);
    const removed = await catalog.ledger.write(by, async (page) => {
      const stays = new Set<Digest>();
      const gone: ManifestState[] = [];
      for (const manifest of batch) {
        const isGoing = (digest: Digest): boolean => going.has(digest) && !stays.has(digest);
        if (await isStillLoose(page, repository, manifest, isGoing)) {
          await removeManifest(page, repository, manifest.digest, { restorable });
          gone.push(manifest);
        } else {
          stays.add(manifest.digest);
        }
      }
      return { gone, stays };
    });
    for (const digest of removed.stays) going.delete(digest);
    manifests.push(...removed.gone);
  }
  return { repository, tags, manifests };
}

async function isAsBefore(page: LedgerPage, repository: string, { name, digest, movedAt }: TagState): Promise<boolean> {
  const row = await page.get(
    'SELECT t.digest, t.updated_at FROM tags t JOIN repositories r ON r.id = t.repository_id WHERE r.name = ? AND t.name = ?',
    repository,
    name,
  );
  return row !== undefined && row.digest === digest && row.updated_at === movedAt;
}

/** Nothing names it, it was not recorded again, and what it hangs on goes as well. */
async function isStillLoose(
  page: LedgerPage,
  repository: string,
  { digest, recordedAt }: ManifestState,
  isGoing: (digest: Digest) => boolean,
): Promise<boolean> {
  const row = await page.get(
    `SELECT m.repository_id, m.recorded_at, m.subject FROM manifests m JOIN repositories r ON r.id = m.repository_id
     WHERE r.name = ? AND m.digest = ?`,
    repository,
    digest,
  );
  if (row === undefined || row.recorded_at !== recordedAt) return false;
  const id = Number(row.repository_id);
  const named = await page.all(
    'SELECT name FROM tags WHERE repository_id = ? AND digest = ? UNION ALL SELECT digest FROM pins WHERE repository_id = ? AND digest = ?',
    id,
    digest,
    id,
    digest,
  );
  // A tag that attaches it to a manifest goes with that manifest.
  if (named.some(({ name }) => !/^sha(256|512)-/.test(String(name)))) return false;
  const above = await page.all(
    `SELECT parent AS digest FROM children WHERE repository_id = ? AND child = ?
     UNION SELECT digest FROM manifests WHERE repository_id = ? AND digest = ?`,
    id,
    digest,
    id,
    String(row.subject ?? ''),
  );
  // Those above come first, so whichever of them is still there stays, unless its turn is yet to come.
  return above.every((one) => isGoing(one.digest as Digest));
}

function* batches<T>(items: readonly T[]): Generator<readonly T[]> {
  for (let at = 0; at < items.length; at += batchSize) yield items.slice(at, at + batchSize);
}
