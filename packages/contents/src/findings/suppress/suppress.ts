import type { CheckFinding, Finding, FindingPlace, ImageSecret, Suppression } from '@lading/facts';
import { compareFindings } from '../order.ts';
import { type IgnoreRule, isExpired, ruleMatches } from './ignore-file.ts';
import { statementFor, type VexStatement } from './openvex.ts';
import type { VexImage } from './vex-product.ts';

/** What says that findings do not count. */
export interface Decisions {
  readonly rules: readonly IgnoreRule[];
  readonly statements: readonly VexStatement[];
  /** ISO; rules that end before do not apply. */
  readonly today: string;
}

export type JudgedSecret = ImageSecret & { readonly suppressed?: Suppression | undefined };

export interface Judged {
  readonly findings: readonly Finding[];
  readonly secrets: readonly JudgedSecret[] | undefined;
  readonly checks: readonly CheckFinding[] | undefined;
  /** Rules that would have applied if they had not ended. */
  readonly expired: readonly IgnoreRule[];
  /** Rules that applied to nothing. */
  readonly unused: readonly IgnoreRule[];
}

/**
 * Marks what does not count: by a VEX statement that it is not affected or fixed, else by an ignore rule. Nothing is left out. Where a rule
 * names paths and a package lies at others too, the finding is split.
 */
export function suppress(
  found: Pick<Judged, 'findings' | 'secrets' | 'checks'>,
  image: VexImage,
  { rules, statements, today }: Decisions,
): Judged {
  const applied = new Set<IgnoreRule>();
  const ruleFor = (subject: Omit<Parameters<typeof ruleMatches>[1], 'image'>): Suppression | undefined => {
    const matching = rules.filter((rule) => ruleMatches(rule, { ...subject, image: image.name }));
    for (const rule of matching) applied.add(rule);
    const rule = matching.find((one) => !isExpired(one, today));
    return rule && { by: 'ignore-rule', reason: rule.reason, owner: rule.owner, expires: rule.expires };
  };
  const judge = (finding: Finding): Finding[] => {
    const stated = statementFor(statements, finding, image);
    if (stated?.status === 'not_affected' || stated?.status === 'fixed') {
      return [{ ...finding, suppressed: suppressionOf(stated) }];
    }
    const { name, purl } = finding.package;
    const ids = [finding.id, ...finding.aliases];
    return byDecision(finding.places, ({ location }) => ruleFor({ ids, package: { name, purl }, location })).map(
      ([suppressed, places]) => ({ ...finding, places, suppressed }),
    );
  };
  const judged = {
    findings: found.findings.flatMap(judge).sort(compareFindings),
    secrets: found.secrets?.map((secret) => ({
      ...secret,
      suppressed: ruleFor({ ids: [secret.rule], location: secret.location }),
    })),
    checks: found.checks?.map((check) => {
      const subjects = check.subjects.length === 0 ? [undefined] : check.subjects;
      const decisions = subjects.map((location) => ruleFor({ ids: [check.id], location }));
      return { ...check, suppressed: decisions.every((one) => one !== undefined) ? decisions[0] : undefined };
    }),
  };
  return {
    ...judged,
    expired: rules.filter((rule) => applied.has(rule) && isExpired(rule, today)),
    unused: rules.filter((rule) => !applied.has(rule)),
  };
}

function byDecision(
  places: readonly FindingPlace[],
  decide: (place: FindingPlace) => Suppression | undefined,
): [Suppression | undefined, FindingPlace[]][] {
  const groups = new Map<string, [Suppression | undefined, FindingPlace[]]>();
  for (const place of places) {
    const suppressed = decide(place);
    const key = JSON.stringify(suppressed ?? null);
    const group = groups.get(key);
    if (group === undefined) groups.set(key, [suppressed, [place]]);
    else group[1].push(place);
  }
  return [...groups.values()];
}

function suppressionOf({ status, justification, notes, author }: VexStatement): Suppression {
  return {
    by: 'vex',
    reason: notes ?? justification?.replaceAll('_', ' ') ?? (status === 'fixed' ? 'fixed' : 'not affected'),
    status: status === 'fixed' ? 'fixed' : 'not-affected',
    justification,
    owner: author,
  };
}
