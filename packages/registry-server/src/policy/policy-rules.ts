import type { Severity } from '@lading/facts';
import { matchRepositories } from '../access/repository-pattern.ts';
import type { Attachments } from '../scan/scan-config.ts';
import { matchTags, type TagMatcher } from './tag-pattern.ts';

/** What holds in repositories by pattern. Of several rules that match, each question is answered by the first that says something of it. */
export interface PolicyRule {
  readonly repositories: readonly string[];
  readonly immutable?: ImmutableTags | undefined;
  readonly retention?: RetentionRule | undefined;
  readonly quota?: Quota | undefined;
  /** Media types of manifests, and artifact types, that are taken; patterns with `*`. */
  readonly mediaTypes?: readonly string[] | undefined;
  readonly artifactTypes?: readonly string[] | undefined;
  readonly sparse?: boolean | undefined;
  readonly scan?: ScanRule | undefined;
}

export interface ImmutableTags {
  readonly tags: readonly string[];
  readonly except: readonly string[];
}

/** How the images of a repository are looked into, and which of them may be pulled. */
export interface ScanRule {
  /** As the registry is configured, unless told. */
  readonly enabled?: boolean | undefined;
  readonly attach?: Attachments | undefined;
  /** Images with vulnerabilities from this severity on are refused. */
  readonly block?: Severity | undefined;
  /** Whether images are refused that nobody could look into yet. */
  readonly unscanned: 'allow' | 'deny';
  /** For so long after it is known that an image is that bad it is warned of, and not refused. */
  readonly graceMs: number;
}

export interface Quota {
  /** Unique bytes of each repository. */
  readonly eachBytes?: number | undefined;
  /** Unique bytes of all repositories that the rule matches, together. */
  readonly totalBytes?: number | undefined;
}

export interface RetentionRule {
  /** Tags that stay in any case, as what is deployed has. Pinned manifests stay, too. */
  readonly protect: readonly string[];
  /** Each tag follows the first of these that matches it; one that none matches stays. */
  readonly tags: readonly TagRetention[];
  /** A manifest without a name goes when it was recorded, and lost its last name, longer ago. It stays without this. */
  readonly untaggedMs?: number | undefined;
}

/** A tag stays while one of these holds; with none of them it goes. */
export interface TagRetention {
  readonly match: readonly string[];
  /** It is among so many that moved last, of those that this rule is for. */
  readonly newest?: number | undefined;
  /** It moved within this time. */
  readonly movedWithinMs?: number | undefined;
  /** It was pulled within this time. */
  readonly pulledWithinMs?: number | undefined;
}

/** The rules of one repository. */
export interface RepositoryRules {
  isFixed(tag: string): boolean;
  readonly retention: RetentionRule | undefined;
  readonly quota: Quota | undefined;
  /** The repositories that share the quota's total. */
  readonly sharesQuota: (repository: string) => boolean;
  readonly takesMediaType: TagMatcher;
  readonly takesArtifactType: TagMatcher;
  readonly sparse: boolean;
  readonly scan: ScanRule | undefined;
}

const anything = (): boolean => true;
const nothing = (): boolean => false;

/** Remembered for each of so many repositories. */
const capacity = 10_000;

/** The rules by repository, for whoever asks at each request. */
export function compileRules(rules: readonly PolicyRule[]): (repository: string) => RepositoryRules {
  const compiled = rules.map((rule) => ({ rule, matches: matchRepositories(rule.repositories) }));
  const known = new Map<string, RepositoryRules>();

  const rulesOf = (repository: string): RepositoryRules => {
    const own = compiled.filter(({ matches }) => matches(repository));
    const first = <K extends keyof PolicyRule>(key: K) => own.find(({ rule }) => rule[key] !== undefined);
    const immutable = first('immutable')?.rule.immutable;
    const quota = first('quota');
    const { mediaTypes } = first('mediaTypes')?.rule ?? {};
    const { artifactTypes } = first('artifactTypes')?.rule ?? {};
    return {
      isFixed: immutable === undefined ? nothing : fixedTags(immutable),
      retention: first('retention')?.rule.retention,
      quota: quota?.rule.quota,
      sharesQuota: quota?.matches ?? nothing,
      takesMediaType: mediaTypes === undefined ? anything : matchTags(mediaTypes),
      takesArtifactType: artifactTypes === undefined ? anything : matchTags(artifactTypes),
      sparse: first('sparse')?.rule.sparse ?? true,
      scan: first('scan')?.rule.scan,
    };
  };
  return (repository) => {
    let found = known.get(repository);
    if (found === undefined) {
      if (known.size >= capacity) known.clear();
      found = rulesOf(repository);
      known.set(repository, found);
    }
    return found;
  };
}

function fixedTags({ tags, except }: ImmutableTags): TagMatcher {
  const [fixed, free] = [matchTags(tags), matchTags(except)];
  return (tag) => fixed(tag) && !free(tag);
}
