import type { CvssRating, Finding, Severity } from '@lading/facts';
import { fixText, type ScanReport, webReferences } from './scan-report.ts';

/** CycloneDX 1.6 with vulnerabilities and what was decided of them (VEX), and the packages that have them. Deterministic but for the time. */
export function cycloneDxVexReport({ image, findings = [], time, version }: ScanReport): object {
  const root = {
    type: 'container',
    'bom-ref': image.digest ?? image.name,
    name: image.name,
    ...(image.digest && { version: image.digest }),
  };
  const packages = new Map(findings.map((finding) => [finding.package.purl, finding.package]));
  const groups = Map.groupBy(findings, ({ id, suppressed }) => JSON.stringify([id, suppressed]));
  return {
    $schema: 'http://cyclonedx.org/schema/bom-1.6.schema.json',
    bomFormat: 'CycloneDX',
    specVersion: '1.6',
    version: 1,
    metadata: {
      timestamp: time,
      tools: { components: [{ type: 'application', name: 'lading', version }] },
      component: root,
    },
    components: [...packages.values()]
      .sort((a, b) => (a.purl < b.purl ? -1 : 1))
      .map(({ purl, namespace, name, version: installed }) => ({
        type: 'library',
        'bom-ref': purl,
        ...(namespace === undefined ? {} : { group: namespace }),
        name,
        version: installed,
        purl,
      })),
    vulnerabilities: [...groups.values()].map((members) => vulnerability(members as [Finding, ...Finding[]])),
  };
}

function vulnerability(members: readonly [Finding, ...Finding[]]): object {
  const [finding] = members;
  const refs = [...new Set(members.map((member) => member.package.purl))].sort();
  const versions = new Map(members.map((member) => [member.package.purl, member.package.version]));
  const fixes = [...new Set(members.map((member) => `${member.affected.name}: ${fixText(member)}`))];
  const published = finding.published === undefined ? Number.NaN : Date.parse(finding.published);
  return {
    id: finding.id,
    source: sourceOf(finding.id),
    ...(finding.aliases.length === 0
      ? {}
      : { references: finding.aliases.map((alias) => ({ id: alias, source: sourceOf(alias) })) }),
    ratings: [
      { source: { name: finding.severitySource }, severity: severityName[finding.severity] },
      ...finding.cvss.map(ratingOf),
    ],
    ...(finding.title === undefined ? {} : { description: finding.title }),
    recommendation: `Fixed versions: ${fixes.join('; ')}. ${finding.advice[0] ?? ''}`.trim(),
    ...(finding.references.length === 0
      ? {}
      : { advisories: webReferences(finding).map((url) => ({ url: new URL(url).href })) }),
    ...(Number.isNaN(published) ? {} : { published: new Date(published).toISOString() }),
    analysis: analysisOf(finding),
    affects: refs.map((ref) => ({ ref, versions: [{ version: versions.get(ref), status: 'affected' }] })),
  };
}

function ratingOf({ version, vector, score, source }: CvssRating): object {
  const method = { '2.0': 'CVSSv2', '3.0': 'CVSSv3', '3.1': 'CVSSv31', '4.0': 'CVSSv4' }[version] ?? 'other';
  return { ...(source === undefined ? {} : { source: { name: source } }), score, method, vector };
}

function analysisOf({ suppressed }: Finding): object {
  if (suppressed === undefined) return { state: 'in_triage' };
  const { status, reason, justification, owner, expires } = suppressed;
  if (status === 'fixed') return { state: 'resolved', detail: reason };
  if (status === 'not-affected') {
    const label = justification === undefined ? undefined : justifications[justification];
    return { state: 'not_affected', ...(label === undefined ? {} : { justification: label }), detail: reason };
  }
  const until = expires === undefined ? '' : ` until ${expires}`;
  return {
    state: 'exploitable',
    response: ['will_not_fix'],
    detail: `Accepted by ${owner ?? 'nobody named'}${until}: ${reason}`,
  };
}

/** From the labels of OpenVEX to the nearest of CycloneDX. */
const justifications: Readonly<Record<string, string>> = {
  component_not_present: 'code_not_present',
  vulnerable_code_not_present: 'code_not_present',
  vulnerable_code_not_in_execute_path: 'code_not_reachable',
  vulnerable_code_cannot_be_controlled_by_adversary: 'requires_environment',
  inline_mitigations_already_exist: 'protected_by_mitigating_control',
};

const severityName: Readonly<Record<Severity, string>> = {
  critical: 'critical',
  high: 'high',
  medium: 'medium',
  low: 'low',
  negligible: 'info',
  unknown: 'unknown',
};

function sourceOf(id: string): { readonly name: string; readonly url: string } {
  const name = encodeURIComponent(id.toWellFormed());
  if (id.startsWith('CVE-')) return { name: 'NVD', url: `https://nvd.nist.gov/vuln/detail/${name}` };
  if (id.startsWith('GHSA-')) return { name: 'GitHub', url: `https://github.com/advisories/${name}` };
  return { name: 'OSV', url: `https://osv.dev/vulnerability/${name}` };
}
