import type { CheckFinding, Finding, ImageSecret } from '@lading/facts';
import { isAlarming } from '../unjudged.ts';
import { terminalText } from './escape.ts';
import {
  counted,
  counting,
  type FindingGroup,
  fixText,
  groupFindings,
  instructionOf,
  type ScanReport,
  severityCounts,
  shown,
  vulnerabilitiesIn,
} from './scan-report.ts';

/** For people at a terminal of `width` columns: by package, since packages are what one upgrades. */
export function tableReport(report: ScanReport, width = 100): string {
  const lines = [header(report)];
  for (const group of groupFindings(shown(report, report.findings))) lines.push('', ...groupLines(report, group));
  lines.push(
    ...section(
      'Secrets',
      shown(report, report.secrets).map((secret) => secretLines(report, secret)),
    ),
  );
  lines.push(...section('Configuration', shown(report, report.checks).map(checkLines)));
  lines.push('', ...summary(report));
  return lines.map((line) => cut(line, width)).join('\n');
}

function header({ image, since }: ScanReport): string {
  const facts = [image.platform, image.distribution, counted(image.packages, 'package')].filter(
    (fact) => fact !== undefined && fact !== '',
  );
  return terminalText(`${image.name} (${facts.join(', ')})${since === undefined ? '' : ` since ${since}`}`);
}

function groupLines(report: ScanReport, { name, version, packages, findings, places, advice }: FindingGroup): string[] {
  const [first] = findings;
  const others = packages.filter((one) => one !== name);
  const more = others.length > 3 ? `${others.slice(0, 3).join(', ')} and ${others.length - 3} more` : others.join(', ');
  const widths = [
    Math.max(...findings.map(({ severity }) => severity.length)),
    Math.max(...findings.map(({ id }) => terminalText(id).length)),
    Math.max(...findings.map((finding) => terminalText(fixText(finding)).length)),
  ];
  const cells = (finding: Finding): string =>
    [finding.severity, finding.id, fixText(finding)]
      .map((cell, column) => terminalText(cell).padEnd(widths[column] ?? 0))
      .join('  ');
  return [
    `${terminalText(name)} ${terminalText(version)}${more === '' ? '' : ` (${terminalText(more)})`}: ${severityCounts(findings)}`,
    ...(first === undefined ? [] : [`  ${placeText(report, first, places)}`]),
    ...findings.map((finding) => `  ${cells(finding)}  ${remarks(finding)}`.trimEnd()),
    ...advice.map((sentence) => `  -> ${terminalText(sentence)}`),
  ];
}

function placeText(report: ScanReport, finding: Finding, places: Finding['places']): string {
  const { base, layer, location } = finding.package;
  const by =
    base === undefined ? `layer ${layer + 1}` : `layer ${layer + 1}, of ${terminalText(base.name ?? base.digest)}`;
  const instruction = instructionOf(report, layer);
  const more = places.length > 1 ? ` and ${counted(places.length - 1, 'more place')}` : '';
  return `${terminalText(location)}${more}, ${by}${instruction === undefined ? '' : `: ${terminalText(instruction)}`}`;
}

function remarks({ kev, epss, suppressed, title }: Finding): string {
  const said = [
    suppressed === undefined ? '' : `suppressed (${suppressed.owner ?? suppressed.by}: ${suppressed.reason})`,
    kev ? 'exploited' : '',
    epss !== undefined && epss >= 0.01 ? `EPSS ${Math.round(epss * 100)}%` : '',
    title ?? '',
  ];
  return terminalText(said.filter((one) => one !== '').join(', '));
}

function secretLines(report: ScanReport, secret: ImageSecret): string[] {
  const line = secret.line === undefined ? '' : `:${secret.line}`;
  const layer = secret.layer === undefined ? secret.place : `layer ${secret.layer + 1}`;
  const hidden =
    secret.hiddenBy === undefined
      ? ''
      : `; layer ${secret.hiddenBy + 1} removes it, and still everyone who pulls the image gets it`;
  const instruction = instructionOf(report, secret.layer);
  return [
    `  ${secret.severity}  ${terminalText(secret.title)}  ${terminalText(secret.location)}${line}`,
    `    ${layer}${instruction === undefined ? '' : `: ${terminalText(instruction)}`}${hidden}`,
    ...(secret.excerpt === undefined ? [] : [`    ${terminalText(secret.excerpt)}`]),
  ];
}

function checkLines({ id, severity, title, subjects, fix }: CheckFinding): string[] {
  const about = subjects.length > 3 ? [...subjects.slice(0, 3), `${subjects.length - 3} more`] : subjects;
  const which = about.length === 0 ? '' : `: ${terminalText(about.join(', '))}`;
  return [`  ${severity}  ${id}  ${terminalText(title)}${which}`, `    -> ${terminalText(fix)}`];
}

function section(title: string, items: readonly (readonly string[])[]): string[] {
  return items.length === 0 ? [] : ['', title, ...items.flat()];
}

function summary(report: ScanReport): string[] {
  const { findings, secrets, checks, database } = report;
  const tell = (
    items: typeof findings | typeof secrets | typeof checks,
    one: string,
    many: string,
    packages = 0,
  ): string[] => {
    if (items === undefined) return [];
    const left = counting<{ severity: Finding['severity'] }>(items);
    const suppressed = items.length - left.length;
    const of = left.length === 0 ? '' : `: ${severityCounts(left)}`;
    const where = packages === 0 ? '' : ` in ${counted(packages, 'package')}`;
    return [`${counted(left.length, one, many)}${where}${of}${suppressed === 0 ? '' : `; ${suppressed} suppressed`}`];
  };
  // One for each line above, and how many packages have one or another.
  const all = findings && vulnerabilitiesIn(findings);
  const packages = new Set(counting(findings).map((finding) => finding.package.purl)).size;
  const fixable = counting(all).filter(({ fix }) => fix === 'fixed').length;
  return [
    ...tell(all, 'vulnerability', 'vulnerabilities', packages).map((line) =>
      fixable === 0 ? line : `${line}; ${fixable} ${fixable === 1 ? 'has' : 'have'} a fix`,
    ),
    ...tell(secrets, 'secret', 'secrets'),
    ...tell(checks, 'finding of configuration', 'findings of configuration'),
    ...(database === undefined ? [] : [`Advisories up to ${database.newest.slice(0, 10) || 'an unknown day'}`]),
    ...report.unjudged.filter(isAlarming).map(({ message, packages }) => {
      return `Not judged: ${counted(packages.length, 'package')}. ${terminalText(message)}.`;
    }),
    ...report.notes.map(terminalText),
    ...report.warnings.map(({ path, message }) => `Not read: ${terminalText(path)}: ${terminalText(message)}`),
  ];
}

/** Advice and sums are worth a line break, everything else is cut. */
function cut(line: string, width: number): string {
  if (line.length <= width || /^ {2,4}-> |^\S/.test(line)) return line;
  return `${line.slice(0, Math.max(20, width - 1))}…`;
}
