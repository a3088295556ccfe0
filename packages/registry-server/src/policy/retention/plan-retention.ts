import type { Digest } from '@lading/oci';
import type { RepositoryRules, RetentionRule, TagRetention } from '../policy-rules.ts';
import { matchTags } from '../tag-pattern.ts';
import type { ManifestState, RepositoryState, TagState } from './repository-state.ts';

/** What retention removes from a repository: it follows from its state, its rules and the time. */
export interface RetentionPlan {
  readonly repository: string;
  readonly tags: readonly TagState[];
  /** Parents before their children, subjects before what refers to them. */
  readonly manifests: readonly ManifestState[];
}

/**
 * Tags go by their rules. Manifests that nothing keeps go once they were without a name for long enough. A name keeps what it points to, and
 * that keeps its children and what refers to it; a manifest that is too young to go does the same. In memory are what goes, and the digests of
 * what stays.
 */
export async function planRetention(
  state: RepositoryState,
  { retention, isFixed }: Pick<RepositoryRules, 'retention' | 'isFixed'>,
  now: Date,
): Promise<RetentionPlan> {
  const { repository } = state;
  if (retention === undefined) return { repository, tags: [], manifests: [] };
  const { untaggedMs } = retention;
  const tags: TagState[] = [];
  const kept = new Set<Digest>(state.pinned);
  const stays = await tagDecision(state, { retention, isFixed }, now);
  for await (const tag of ownTags(state)) {
    const tagStays = stays(tag);
    if (!tagStays) tags.push(tag);
    // What loses its name now has been without one for no time at all.
    if (untaggedMs !== undefined && (tagStays || untaggedMs > 0)) kept.add(tag.digest);
  }
  if (untaggedMs === undefined) return { repository, tags, manifests: [] };
  return { repository, tags, manifests: await looseManifests(state, kept, unnamedUntil(untaggedMs, now)) };
}

/** Manifests that had a name, or were recorded, since then stay for now. */
export function unnamedUntil(untaggedMs: number, now: Date): string {
  return new Date(now.getTime() - untaggedMs).toISOString();
}

/** Tags by which tools attach something to a manifest go with that manifest, and only then. */
async function* ownTags({ tags }: RepositoryState): AsyncGenerator<TagState> {
  for await (const tag of tags) if (tag.subject === undefined) yield tag;
}

/** Whether a tag stays. Which of them are the newest is seen first, without keeping the others. */
async function tagDecision(
  state: RepositoryState,
  { retention, isFixed }: { readonly retention: RetentionRule; readonly isFixed: (tag: string) => boolean },
  now: Date,
): Promise<(tag: TagState) => boolean> {
  const { pinned, pullsSince = now } = state;
  const isProtected = matchTags(retention.protect);
  const rules = retention.tags.map((rule) => ({ rule, matches: matchTags(rule.match) }));
  const ruleOf = ({ name, digest }: TagState): TagRetention | undefined =>
    isProtected(name) || isFixed(name) || pinned.has(digest)
      ? undefined
      : rules.find(({ matches }) => matches(name))?.rule;

  const newest = new Map<TagRetention, Newest>();
  for (const { rule } of rules) if (rule.newest !== undefined) newest.set(rule, new Newest(rule.newest));
  if (newest.size > 0) {
    for await (const tag of ownTags(state)) {
      const rule = ruleOf(tag);
      if (rule !== undefined) newest.get(rule)?.offer(tag);
    }
  }
  return (tag) => {
    const rule = ruleOf(tag);
    if (rule === undefined || newest.get(rule)?.has(tag) === true) return true;
    const pulledAt = Math.max(pullsSince.getTime(), tag.pulledAt === undefined ? 0 : Date.parse(tag.pulledAt));
    return staysBy(rule, { movedAt: Date.parse(tag.movedAt), pulledAt }, now.getTime());
  };
}

/** So many tags that moved last, of all that are offered. */
class Newest {
  readonly #count: number;
  /** Latest first. */
  readonly #tags: TagState[] = [];

  constructor(count: number) {
    this.#count = count;
  }

  offer(tag: TagState): void {
    const at = this.#rank(tag);
    if (at >= this.#count) return;
    this.#tags.splice(at, 0, tag);
    if (this.#tags.length > this.#count) this.#tags.pop();
  }

  has(tag: TagState): boolean {
    return this.#tags[this.#rank(tag)]?.name === tag.name;
  }

  /** How many of them are before it. */
  #rank(tag: TagState): number {
    let [from, to] = [0, this.#tags.length];
    while (from < to) {
      const middle = (from + to) >>> 1;
      const other = this.#tags[middle];
      if (other !== undefined && latestFirst(other, tag) < 0) from = middle + 1;
      else to = middle;
    }
    return from;
  }
}

function latestFirst(one: TagState, two: TagState): number {
  return compare(two.movedAt, one.movedAt) || compare(one.name, two.name);
}

function staysBy(
  { movedWithinMs, pulledWithinMs }: TagRetention,
  tag: { readonly movedAt: number; readonly pulledAt: number },
  now: number,
): boolean {
  if (movedWithinMs !== undefined && now - tag.movedAt <= movedWithinMs) return true;
  return pulledWithinMs !== undefined && now - tag.pulledAt <= pulledWithinMs;
}

/** Those that neither are kept nor hang on what is; `kept` grows. */
async function looseManifests(
  { manifests, unnamed }: RepositoryState,
  kept: Set<Digest>,
  due: string,
): Promise<readonly ManifestState[]> {
  const loose = new Map<Digest, ManifestState>();
  for await (const manifest of manifests) {
    const { digest, recordedAt, above } = manifest;
    if (kept.has(digest)) continue;
    const isYoung = recordedAt > due || unnamed.has(digest);
    if (isYoung || above.some((one) => kept.has(one))) kept.add(digest);
    else loose.set(digest, manifest);
  }
  // What was found to be kept later keeps those that came before it.
  const links = linksOf(loose.values());
  const keeping = [...links.keys()].filter((digest) => kept.has(digest));
  for (let digest = keeping.pop(); digest !== undefined; digest = keeping.pop()) {
    for (const next of links.get(digest) ?? []) if (loose.delete(next)) keeping.push(next);
  }
  return topDown([...loose.values()], links);
}

/** From a manifest to those that stay with it. */
function linksOf(manifests: Iterable<ManifestState>): ReadonlyMap<Digest, readonly Digest[]> {
  const links = new Map<Digest, Digest[]>();
  for (const { digest, above } of manifests) {
    for (const one of above) {
      const found = links.get(one);
      if (found === undefined) links.set(one, [digest]);
      else found.push(digest);
    }
  }
  return links;
}

function topDown(
  manifests: readonly ManifestState[],
  links: ReadonlyMap<Digest, readonly Digest[]>,
): readonly ManifestState[] {
  const known = new Map(manifests.map((manifest) => [manifest.digest, manifest]));
  const visited = new Set<Digest>();
  const ordered: ManifestState[] = [];
  for (const { digest } of manifests) {
    // Depth first without recursion: a chain may be long. A manifest is put in front once all below it are.
    const path: { readonly digest: Digest; entered: boolean }[] = [{ digest, entered: false }];
    for (let step = path.at(-1); step !== undefined; step = path.at(-1)) {
      const manifest = known.get(step.digest);
      if (manifest === undefined || (visited.has(step.digest) && !step.entered)) {
        path.pop();
        continue;
      }
      if (step.entered) {
        ordered.push(manifest);
        path.pop();
        continue;
      }
      visited.add(step.digest);
      step.entered = true;
      for (const next of links.get(step.digest) ?? []) path.push({ digest: next, entered: false });
    }
  }
  return ordered.reverse();
}

function compare(one: string, two: string): number {
  return one < two ? -1 : one > two ? 1 : 0;
}
