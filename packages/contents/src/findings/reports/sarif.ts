import { createHash } from 'node:crypto';
import type { CheckFinding, Finding, Severity, Suppression } from '@lading/facts';
import type { JudgedSecret } from '../suppress/suppress.ts';
import { fixText, instructionOf, type ScanReport, shown, webReferences } from './scan-report.ts';

interface Rule {
  readonly id: string;
  readonly text: string;
  readonly help: string;
  readonly severity: Severity;
  readonly score: number;
  readonly tags: readonly string[];
  readonly helpUri?: string | undefined;
}

interface Result {
  readonly rule: Rule;
  readonly message: string;
  readonly location: string;
  readonly line?: number | undefined;
  readonly layer?: number | undefined;
  readonly suppressed?: Suppression | undefined;
  /** What stays the same from scan to scan. */
  readonly identity: readonly string[];
}

/** SARIF 2.1.0 (OASIS), which code hosts show. Suppressed results are in it, marked so. */
export function sarifReport(report: ScanReport): object {
  const all = { ...report, showSuppressed: true };
  const results = [
    ...shown(all, report.findings).flatMap(findingResults),
    ...shown(all, report.secrets).map(secretResult),
    ...shown(all, report.checks).map(checkResult),
  ];
  const rules = [...new Map(results.map(({ rule }) => [rule.id, rule])).values()];
  const indexes = new Map(rules.map(({ id }, index) => [id, index]));
  return {
    $schema: 'https://json.schemastore.org/sarif-2.1.0.json',
    version: '2.1.0',
    runs: [
      {
        tool: { driver: { name: 'lading', semanticVersion: report.version, rules: rules.map(sarifRule) } },
        properties: { image: report.image.name, digest: report.image.digest, platform: report.image.platform },
        results: results.map((result) => sarifResult(report, result, indexes.get(result.rule.id) ?? 0)),
      },
    ],
  };
}

function findingResults(finding: Finding): Result[] {
  const { package: found, affected, advice, suppressed, places } = finding;
  const rule: Rule = {
    id: finding.id,
    text: finding.title ?? `${finding.id} in ${affected.name}`,
    help: advice.join(' '),
    severity: finding.severity,
    score: Math.max(...finding.cvss.map(({ score }) => score), -1),
    tags: ['vulnerability', 'security', finding.severity],
    helpUri: webReferences(finding)[0],
  };
  const message = `${found.name} ${found.version} has ${finding.id} (${finding.severity}); fixed version: ${fixText(finding)}. ${advice[0] ?? ''}`;
  return places.map(({ location, layer }) => ({
    ...{ rule, message, location, layer, suppressed },
    identity: [finding.id, found.type, found.namespace ?? '', found.name, location],
  }));
}

function secretResult(secret: JudgedSecret): Result {
  const { rule: id, title, severity, location, line, layer, suppressed, hiddenBy } = secret;
  const rule = {
    id,
    text: title,
    help: 'Revoke it, and build without it.',
    severity,
    score: -1,
    tags: ['secret', 'security'],
  };
  const hidden = hiddenBy === undefined ? '' : ' A later layer removes the file; the image still holds it.';
  return {
    rule,
    message: `${title} in ${location}.${hidden}`,
    location,
    line,
    layer,
    suppressed,
    identity: [id, location, `${line}`],
  };
}

function checkResult({ id, title, reason, fix, severity, subjects, layer, suppressed }: CheckFinding): Result {
  const rule = { id, text: title, help: `${reason} ${fix}`, severity, score: -1, tags: ['configuration', 'security'] };
  const about = subjects.length === 0 ? '' : `: ${subjects.join(', ')}`;
  return {
    rule,
    message: `${title}${about}. ${fix}`,
    location: subjects[0] ?? 'image',
    layer,
    suppressed,
    identity: [id],
  };
}

function sarifRule({ id, text, help, severity, score, tags, helpUri }: Rule): object {
  return {
    id,
    shortDescription: { text },
    help: { text: help === '' ? text : help },
    ...(helpUri === undefined ? {} : { helpUri }),
    defaultConfiguration: { level: levels[severity] },
    // Code hosts sort by this number.
    properties: { tags, 'security-severity': (score >= 0 ? score : scores[severity]).toFixed(1) },
  };
}

function sarifResult(report: ScanReport, result: Result, ruleIndex: number): object {
  const { rule, message, location, line = 1, layer, suppressed, identity } = result;
  const instruction = instructionOf(report, layer);
  const layerName =
    layer === undefined ? [] : [{ fullyQualifiedName: `layer ${layer + 1}${instruction ? `: ${instruction}` : ''}` }];
  return {
    ruleId: rule.id,
    ruleIndex,
    level: levels[rule.severity],
    message: { text: message },
    locations: [
      {
        physicalLocation: {
          artifactLocation: { uri: location.toWellFormed().split('/').map(encodeURIComponent).join('/') },
          region: { startLine: Math.max(1, line) },
        },
        ...(layerName.length === 0 ? {} : { logicalLocations: layerName }),
      },
    ],
    partialFingerprints: { 'lading/v1': createHash('sha256').update(identity.join('\n')).digest('hex') },
    ...(suppressed === undefined
      ? {}
      : { suppressions: [{ kind: 'external', status: 'accepted', justification: suppressed.reason }] }),
  };
}

const levels: Readonly<Record<Severity, 'error' | 'warning' | 'note'>> = {
  critical: 'error',
  high: 'error',
  medium: 'warning',
  low: 'note',
  negligible: 'note',
  unknown: 'note',
};

const scores: Readonly<Record<Severity, number>> = {
  critical: 9.5,
  high: 8,
  medium: 5.5,
  low: 2,
  negligible: 0,
  unknown: 0,
};
