import { compareVersions, versionOrderOf } from '@lading/distro';
import type { CheckFinding, Finding, ImageLayer, LayerWarning, Severity } from '@lading/facts';
import { severities } from '@lading/facts';
import type { Digest } from '@lading/oci';
import type { JudgedSecret } from '../suppress/suppress.ts';
import type { Unjudged } from '../unjudged.ts';

/** Everything a report tells; the formats differ in nothing else. Strings in it come from images and advisories and may hold anything. */
export interface ScanReport {
  readonly image: {
    /** As it was asked for. */
    readonly name: string;
    /** Absent for what is no image, such as a folder. */
    readonly digest?: Digest | undefined;
    readonly platform: string;
    /** As os-release calls it. */
    readonly distribution?: string | undefined;
    readonly layers: readonly ImageLayer[];
    readonly packages: number;
  };
  /** Absent when advisories were not asked. */
  readonly database?: { readonly digest: Digest; readonly newest: string } | undefined;
  /** Undefined for what was not looked for. Suppressed ones are among them. */
  readonly findings?: readonly Finding[] | undefined;
  readonly secrets?: readonly JudgedSecret[] | undefined;
  readonly checks?: readonly CheckFinding[] | undefined;
  readonly unjudged: readonly Unjudged[];
  readonly warnings: readonly LayerWarning[];
  /** Sentences on the scan itself: rules that ended, what was left out. */
  readonly notes: readonly string[];
  /** The base whose part was left out. */
  readonly since?: string | undefined;
  /** From which severity on something fails a gate; nothing where absent. */
  readonly failOn?: Severity | undefined;
  readonly showSuppressed: boolean;
  /** When it was made, ISO. */
  readonly time: string;
  /** Lading's version. */
  readonly version: string;
}

/** What has a severity and may be suppressed: findings, secrets, checks. */
export interface Rated {
  readonly severity: Severity;
  readonly suppressed?: Finding['suppressed'];
}

/** Without what is suppressed, unless the report shows that. */
export function shown<T extends Rated>(report: ScanReport, items: readonly T[] | undefined): readonly T[] {
  return (items ?? []).filter(({ suppressed }) => report.showSuppressed || suppressed === undefined);
}

export function counting<T extends Rated>(items: readonly T[] | undefined): readonly T[] {
  return (items ?? []).filter(({ suppressed }) => suppressed === undefined);
}

/** How many count of each severity, the worst first; those without any are left out. */
export function countBySeverity(items: readonly Rated[]): readonly (readonly [severity: Severity, count: number])[] {
  return severities
    .map((severity) => [severity, items.filter((item) => item.severity === severity).length] as const)
    .filter(([, count]) => count > 0);
}

/** `2 critical, 1 high`. */
export function severityCounts(items: readonly Rated[]): string {
  return countBySeverity(items)
    .map(([severity, count]) => `${count} ${severity}`)
    .join(', ');
}

/** `3 packages`, `1 package`. */
export function counted(count: number, one: string, many: string = `${one}s`): string {
  return `${count} ${count === 1 ? one : many}`;
}

/** Findings of packages that are made from one source in one version, which one upgrade mends. */
export interface FindingGroup {
  readonly ecosystem: string;
  readonly name: string;
  readonly version: string;
  /** The packages of that source, by name. */
  readonly packages: readonly string[];
  /** One for each vulnerability and decision; the others are the same for other packages of the source. */
  readonly findings: readonly Finding[];
  /** All places of them, each once. */
  readonly places: Finding['places'];
  /** What to do for most of them: upgrade to the highest of their fixes. */
  readonly advice: readonly string[];
}

/**
 * What people count: a vulnerability once for each source in a version that has it, in however many of its packages it is found. All sums of
 * vulnerabilities count these; findings are as many as there are packages that have them.
 */
export function vulnerabilitiesIn(findings: readonly Finding[]): readonly Finding[] {
  return groupFindings(findings).flatMap((group) => group.findings);
}

/** In the order of their most pressing findings. */
export function groupFindings(findings: readonly Finding[]): FindingGroup[] {
  const groups = Map.groupBy(findings, ({ affected: { ecosystem, name, version } }) =>
    JSON.stringify([ecosystem, name, version]),
  );
  return [...groups.values()].map((members) => {
    const { affected } = members[0] as Finding;
    const unique = new Map(
      members.toReversed().map((finding) => [JSON.stringify([finding.id, finding.suppressed]), finding]),
    );
    const kept = new Set(unique.values());
    const places = new Map(members.flatMap((finding) => finding.places.map((place) => [place.location, place])));
    return {
      ...affected,
      packages: [...new Set(members.map((finding) => finding.package.name))].sort(),
      findings: members.filter((finding) => kept.has(finding)),
      places: [...places.values()],
      advice: adviceForAll(members),
    };
  });
}

function adviceForAll(findings: readonly Finding[]): readonly string[] {
  const order = versionOrderOf(findings[0]?.affected.ecosystem ?? '');
  const highest = findings.reduce<Finding | undefined>((best, finding) => {
    const [mine, its] = [finding.fixedVersion, best?.fixedVersion];
    if (mine === undefined || order === undefined) return best;
    return its === undefined || compareVersions(order, mine, its) > 0 ? finding : best;
  }, undefined);
  return (highest ?? findings[0])?.advice.slice(0, 1) ?? [];
}

/** The instruction that made a layer, without what Docker puts before it. */
export function instructionOf({ image }: ScanReport, layer: number | undefined): string | undefined {
  const instruction = layer === undefined ? undefined : image.layers[layer]?.instruction;
  return instruction
    ?.replace(/^\/bin\/sh -c #\(nop\)\s*/, '')
    .replace(/^\/bin\/sh -c /, 'RUN ')
    .replace(/^RUN \/bin\/sh -c /, 'RUN ')
    .replace(/\s*# buildkit$/, '')
    .trim();
}

/** What is done about what has no fixed version. */
export function fixText({ fix, fixedVersion }: Finding): string {
  if (fixedVersion !== undefined) return fixedVersion;
  return fix === 'will-not-fix' ? 'will not be fixed' : fix === 'unknown' ? 'unknown' : 'none yet';
}

/** Addresses that a reader may follow; advisories may hold anything. */
export function webReferences({ references }: Pick<Finding, 'references'>): readonly string[] {
  return references.filter((reference) => /^https?:\/\//.test(reference) && URL.canParse(reference));
}
