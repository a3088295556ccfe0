import { type Digest, isDigest } from '@lading/oci';
import type { RepositoryRules, RetentionRule, TagRetention } from '../policy-rules.ts';
import { matchTags } from '../tag-pattern.ts';
import type { ManifestState, RepositoryState, TagState } from './repository-state.ts';

/** What retention removes from a repository: a pure function of its state, its rules and the time. */
export interface RetentionPlan {
  readonly repository: string;
  readonly tags: readonly TagState[];
  /** Parents before their children, subjects before what refers to them. */
  readonly manifests: readonly ManifestState[];
}

/**
 * Tags go by their rules. Manifests that nothing keeps go once they were without a name for long enough. A name keeps what it points to, and
 * that keeps its children and what refers to it; a manifest that is too young to go does the same.
 */
export function planRetention(
  state: RepositoryState,
  { retention, isFixed }: Pick<RepositoryRules, 'retention' | 'isFixed'>,
  now: Date,
): RetentionPlan {
  const { repository } = state;
  if (retention === undefined) return { repository, tags: [], manifests: [] };
  const known = new Map(state.manifests.map((manifest) => [manifest.digest, manifest]));
  // Tags by which tools attach something to a manifest go with that manifest, and only then.
  const attached: TagState[] = [];
  const own: TagState[] = [];
  for (const tag of state.tags) {
    const subject = subjectInName(tag.name);
    (subject !== undefined && known.has(subject) ? attached : own).push(tag);
  }
  const gone = new Set(tagsThatGo(own, state, { retention, isFixed }, now));
  const { untaggedMs } = retention;
  if (untaggedMs === undefined) return { repository, tags: [...gone], manifests: [] };

  const lastNamed = new Map<Digest, string>();
  for (const { digest } of gone) lastNamed.set(digest, now.toISOString());
  const due = new Date(now.getTime() - untaggedMs).toISOString();
  const isYoung = ({ digest, recordedAt, unnamedAt }: ManifestState): boolean =>
    [recordedAt, unnamedAt, lastNamed.get(digest) ?? ''].some((time) => time > due);

  const links = linksOf(state, attached);
  const kept = new Set<Digest>(state.pinned);
  for (const tag of own) if (!gone.has(tag)) kept.add(tag.digest);
  for (const manifest of state.manifests) if (isYoung(manifest)) kept.add(manifest.digest);
  // A set that grows while it is gone through.
  for (const digest of kept) for (const next of links.get(digest) ?? []) kept.add(next);
  const loose = state.manifests.filter(({ digest }) => !kept.has(digest));
  return { repository, tags: [...gone], manifests: topDown(loose, links) };
}

function tagsThatGo(
  tags: readonly TagState[],
  { pinned, pulls, pullsSince }: RepositoryState,
  { retention, isFixed }: { readonly retention: RetentionRule; readonly isFixed: (tag: string) => boolean },
  now: Date,
): TagState[] {
  const isProtected = matchTags(retention.protect);
  const rules = retention.tags.map((rule) => ({ rule, matches: matchTags(rule.match) }));
  const byRule = Map.groupBy(
    tags.filter((tag) => !isProtected(tag.name) && !isFixed(tag.name) && !pinned.has(tag.digest)),
    (tag) => rules.find(({ matches }) => matches(tag.name))?.rule,
  );
  const gone: TagState[] = [];
  for (const [rule, group] of byRule) {
    if (rule === undefined) continue;
    const latestFirst = group.toSorted((one, two) => compare(two.movedAt, one.movedAt) || compare(one.name, two.name));
    for (const [rank, tag] of latestFirst.entries()) {
      const pulledAt = Math.max(
        ...[tag.name, tag.digest].map((name) => (pulls.get(name) ?? pullsSince ?? now).getTime()),
      );
      if (!staysBy(rule, { rank, movedAt: Date.parse(tag.movedAt), pulledAt }, now.getTime())) gone.push(tag);
    }
  }
  return gone.toSorted((one, two) => compare(one.name, two.name));
}

function staysBy(
  { newest, movedWithinMs, pulledWithinMs }: TagRetention,
  tag: { readonly rank: number; readonly movedAt: number; readonly pulledAt: number },
  now: number,
): boolean {
  if (newest !== undefined && tag.rank < newest) return true;
  if (movedWithinMs !== undefined && now - tag.movedAt <= movedWithinMs) return true;
  return pulledWithinMs !== undefined && now - tag.pulledAt <= pulledWithinMs;
}

/** From a manifest to those that stay with it. */
function linksOf(
  { manifests }: RepositoryState,
  attached: readonly TagState[],
): ReadonlyMap<Digest, readonly Digest[]> {
  const links = new Map<Digest, Digest[]>();
  const link = (from: Digest, to: Digest): void => {
    const found = links.get(from);
    if (found === undefined) links.set(from, [to]);
    else found.push(to);
  };
  for (const { digest, children, subject } of manifests) {
    for (const child of children) link(digest, child);
    if (subject !== undefined) link(subject, digest);
  }
  for (const { name, digest } of attached) {
    const subject = subjectInName(name);
    if (subject !== undefined) link(subject, digest);
  }
  return links;
}

/** `sha256-<hex>`, also with an ending such as `.sig`. */
function subjectInName(tag: string): Digest | undefined {
  const [, algorithm, hex] = /^(sha256|sha512)-([0-9a-f]{64,128})(?:$|\W)/.exec(tag) ?? [];
  const digest = `${algorithm}:${hex}`;
  return isDigest(digest) ? digest : undefined;
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
