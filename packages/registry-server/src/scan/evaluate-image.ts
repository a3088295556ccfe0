import type { SeverityCounts } from '@lading/catalog';
import { checkImage, findVulnerabilities, jsonReport, suppress } from '@lading/contents';
import { type Finding, type ImageFacts, isAtLeast, type Severity, severities } from '@lading/facts';
import type { ImageConfig } from '@lading/oci';
import type { Judge } from './open-judge.ts';

/** An image as it is known: nothing of it is read. */
export interface EvaluatedImage {
  readonly facts: ImageFacts;
  readonly config: ImageConfig;
}

/** What is wrong with an image, by a judge. */
export interface Evaluation {
  /** What counts. */
  readonly vulnerabilities: SeverityCounts;
  readonly suppressed: number;
  /** Undefined when they were not looked for. */
  readonly secrets: number | undefined;
  /** The worst few, each in a few words. */
  readonly worst: readonly string[];
  /** Everything, as `lading scan --format json --show-suppressed` writes it. Equal images and judges give equal bytes. */
  readonly report: Uint8Array;
}

const mostNamed = 5;

/**
 * Evaluates an image against the advisories and rules of today. The one place where that is done: for an image that was just pushed, for one
 * that was asked for, and for all of them when the advisories are others. Throws ADVISORIES_DAMAGED.
 */
export function evaluateImage({ facts, config }: EvaluatedImage, judge: Judge, version: string): Evaluation {
  const { advisories, ignore: rules, today } = judge;
  const found = advisories && findVulnerabilities(facts, advisories);
  const checks = checkImage({ facts, config });
  // It has as many names as there are tags, so that rules go by its digest.
  const judged = suppress(
    { findings: found?.findings ?? [], secrets: facts.secrets, checks },
    { name: facts.digest, digests: [facts.digest] },
    { rules, statements: [], today },
  );
  const counting = judged.findings.filter(({ suppressed }) => suppressed === undefined);
  const report = jsonReport({
    image: {
      name: facts.digest,
      digest: facts.digest,
      platform: facts.platform,
      distribution: facts.distribution?.prettyName ?? facts.distribution?.id,
      layers: facts.layers,
      packages: facts.packages.length,
    },
    database: advisories && { digest: advisories.digest, newest: advisories.newest },
    findings: found === undefined ? undefined : judged.findings,
    secrets: judged.secrets,
    checks: judged.checks,
    unjudged: found?.unjudged ?? [],
    warnings: facts.warnings,
    notes: [],
    showSuppressed: true,
    // Of what it was judged by, not of the clock.
    time: advisories?.newest || config.created || new Date(0).toISOString(),
    version,
  });
  return {
    vulnerabilities: Object.fromEntries(
      severities.map((severity) => [severity, counting.filter((finding) => finding.severity === severity).length]),
    ) as SeverityCounts,
    suppressed: judged.findings.length - counting.length,
    secrets: judged.secrets?.filter(({ suppressed }) => suppressed === undefined).length,
    worst: worstOf(counting).slice(0, mostNamed).map(inWords),
    report: Buffer.from(JSON.stringify(report)),
  };
}

/** By severity; among equals in the order of the report, which has the most pressing first. */
function worstOf(findings: readonly Finding[]): readonly Finding[] {
  return [...findings].sort((a, b) => severities.indexOf(a.severity) - severities.indexOf(b.severity));
}

function inWords({ id, severity, package: { name, version }, fixedVersion }: Finding): string {
  const fix = fixedVersion === undefined ? 'no fix yet' : `fixed in ${fixedVersion}`;
  return `${id} (${severity}) in ${name} ${version}, ${fix}`;
}

/** Since when an image has vulnerabilities of a severity or worse, given since when it had them before. */
export function firstSeen(
  vulnerabilities: SeverityCounts,
  before: Readonly<Partial<Record<Severity, string>>>,
  now: Date,
): Readonly<Partial<Record<Severity, string>>> {
  const present = severities.filter((threshold) =>
    severities.some((severity) => vulnerabilities[severity] > 0 && isAtLeast(severity, threshold)),
  );
  return Object.fromEntries(present.map((severity) => [severity, before[severity] ?? now.toISOString()]));
}
