import { isAlarming } from '../unjudged.ts';
import { markdownCode as code, markdownText as text } from './escape.ts';
import {
  counted,
  counting,
  fixText,
  groupFindings,
  instructionOf,
  type ScanReport,
  severityCounts,
  shown,
  vulnerabilitiesIn,
} from './scan-report.ts';

/** Markdown, as comments on changes and pages of documentation show it. */
export function markdownReport(report: ScanReport): string {
  const { image, since, findings, secrets, checks } = report;
  const parts = [`# ${text(image.name)}`, ''];
  const facts = [image.platform, image.distribution, counted(image.packages, 'package')].filter(
    (fact) => fact !== undefined,
  );
  parts.push(`${text(facts.join(', '))}${image.digest === undefined ? '' : `, ${code(image.digest)}`}`, '');
  if (since !== undefined) parts.push(`Only what was added since ${code(since)}.`, '');
  const sums = [
    findings && `**Vulnerabilities:** ${sum(vulnerabilitiesIn(findings))}`,
    secrets && `**Secrets:** ${sum(secrets)}`,
    checks && `**Configuration:** ${sum(checks)}`,
  ].filter((line) => line !== undefined);
  parts.push(...sums.flatMap((line) => [line, '']));
  parts.push(
    ...grid(
      'Vulnerabilities',
      ['Severity', 'Id', 'Package', 'Installed', 'Fixed', 'Layer', 'What to do'],
      groupFindings(shown(report, findings)).flatMap(({ packages, findings: members }) =>
        members.map((finding) => [
          `${finding.severity}${finding.kev ? ', exploited' : ''}${finding.suppressed === undefined ? '' : ', suppressed'}`,
          code(finding.id),
          packages.map(code).join(', '),
          code(finding.affected.version),
          text(fixText(finding)),
          layerText(report, finding.package.layer),
          text(finding.suppressed?.reason ?? finding.advice[0] ?? ''),
        ]),
      ),
    ),
    ...grid(
      'Secrets',
      ['Severity', 'Secret', 'Place', 'Layer'],
      shown(report, secrets).map((secret) => [
        `${secret.severity}${secret.suppressed === undefined ? '' : ', suppressed'}`,
        text(secret.title),
        code(`${secret.location}${secret.line === undefined ? '' : `:${secret.line}`}`),
        `${layerText(report, secret.layer)}${secret.hiddenBy === undefined ? '' : `, removed by layer ${secret.hiddenBy + 1}`}`,
      ]),
    ),
    ...grid(
      'Configuration',
      ['Severity', 'Check', 'About', 'What to do'],
      shown(report, checks).map((check) => [
        check.severity,
        text(check.title),
        check.subjects.map(code).join(', '),
        text(check.fix),
      ]),
    ),
  );
  const remarks = [
    ...report.unjudged
      .filter(isAlarming)
      .map(({ message, packages }) => `${counted(packages.length, 'package')} not judged: ${message}`),
    ...report.notes,
    ...report.warnings.map(({ path, message }) => `Not read: ${path}: ${message}`),
  ];
  if (remarks.length > 0) parts.push('## Remarks', '', ...remarks.map((remark) => `- ${text(remark)}`), '');
  return parts.join('\n');
}

function sum(items: Parameters<typeof severityCounts>[0]): string {
  const left = counting(items);
  const suppressed = items.length - left.length;
  return `${left.length === 0 ? 'none' : severityCounts(left)}${suppressed === 0 ? '' : `; ${suppressed} suppressed`}`;
}

function layerText(report: ScanReport, layer: number | undefined): string {
  if (layer === undefined) return '';
  const instruction = instructionOf(report, layer);
  return `${layer + 1}${instruction === undefined ? '' : `: ${code(instruction.length > 60 ? `${instruction.slice(0, 59)}…` : instruction)}`}`;
}

function grid(title: string, head: readonly string[], rows: readonly (readonly string[])[]): string[] {
  if (rows.length === 0) return [];
  const line = (cells: readonly string[]): string => `| ${cells.join(' | ')} |`;
  return [`## ${title}`, '', line(head), line(head.map(() => '---')), ...rows.map(line), ''];
}
