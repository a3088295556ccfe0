import { isAtLeast } from '@lading/facts';
import { markupText } from './escape.ts';
import { counting, fixText, instructionOf, type Rated, type ScanReport, shown } from './scan-report.ts';

interface Case extends Rated {
  readonly group: string;
  readonly name: string;
  readonly text: string;
}

/**
 * JUnit XML, as continuous integration reads it: each finding is a test. It fails when it reaches the report's threshold, or always where there
 * is none; what is suppressed is skipped.
 */
export function junitReport(report: ScanReport): string {
  const all = { ...report, showSuppressed: true };
  const suites = [
    suite(
      report,
      'vulnerabilities',
      report.findings &&
        shown(all, report.findings).map((finding) => ({
          ...finding,
          group: finding.package.purl,
          name: finding.id,
          text: [
            finding.title,
            `installed ${finding.package.version}, fixed version: ${fixText(finding)}`,
            ...finding.places.map(
              ({ location, layer }) => `${location}, layer ${layer + 1}: ${instructionOf(report, layer) ?? ''}`,
            ),
            ...finding.advice,
          ]
            .filter((line) => line !== undefined)
            .join('\n'),
        })),
    ),
    suite(
      report,
      'secrets',
      report.secrets &&
        shown(all, report.secrets).map((secret) => ({
          ...secret,
          group: secret.location,
          name: secret.rule,
          text: [secret.title, secret.excerpt].filter((line) => line !== undefined).join('\n'),
        })),
    ),
    suite(
      report,
      'configuration',
      report.checks &&
        shown(all, report.checks).map((check) => ({
          ...check,
          group: report.image.name,
          name: check.id,
          text: [check.title, ...check.subjects, check.reason, check.fix].join('\n'),
        })),
    ),
  ];
  return `<?xml version="1.0" encoding="UTF-8"?>\n<testsuites name="${markupText(`lading scan ${report.image.name}`)}">\n${suites.join('')}</testsuites>\n`;
}

function suite(report: ScanReport, name: string, cases: readonly Case[] | undefined): string {
  if (cases === undefined) return '';
  const failing = counting(cases).filter(
    ({ severity }) => report.failOn === undefined || isAtLeast(severity, report.failOn),
  );
  const skipped = cases.filter(({ suppressed }) => suppressed !== undefined).length;
  // Some readers take a suite without tests for one that did not run.
  const body =
    cases.length === 0
      ? `    <testcase classname="${name}" name="none found"/>\n`
      : cases.map((one) => testCase(one, failing.includes(one))).join('');
  const counts = `tests="${Math.max(1, cases.length)}" failures="${failing.length}" skipped="${skipped}" errors="0"`;
  return `  <testsuite name="${name}" ${counts} timestamp="${markupText(report.time.replace(/\.\d+Z$|Z$/, ''))}">\n${body}  </testsuite>\n`;
}

function testCase({ group, name, severity, text, suppressed }: Case, fails: boolean): string {
  const opening = `    <testcase classname="${markupText(group)}" name="${markupText(`[${severity}] ${name}`)}">\n`;
  const body =
    suppressed !== undefined
      ? `      <skipped message="${markupText(suppressed.reason)}"/>\n`
      : fails
        ? `      <failure type="${severity}" message="${markupText(text.split('\n')[0] ?? name)}">${markupText(text)}</failure>\n`
        : `      <system-out>${markupText(text)}</system-out>\n`;
  return `${opening}${body}    </testcase>\n`;
}
