import { type Finding, type Level, type LintReport, type Rule, rules } from '@lading/builder';

const sarifLevels: Readonly<Record<Level, 'error' | 'warning' | 'note'>> = {
  error: 'error',
  warning: 'warning',
  info: 'note',
  hint: 'note',
};

/**
 * Findings as a log of SARIF 2.1.0 (OASIS), which code hosts and editors show beside the source. `uri` is the path of the Dockerfile
 * relative to the root of the repository; columns count UTF-16 units from 1, and an end column is behind the last one.
 */
export function sarifLog(uri: string, findings: LintReport['findings'], version: string): object {
  const used = rules.filter(({ name }) => findings.some(({ rule }) => rule === name));
  const artifactLocation = { uri: uri.split('/').map(encodeURIComponent).join('/') };
  return {
    $schema: 'https://json.schemastore.org/sarif-2.1.0.json',
    version: '2.1.0',
    runs: [
      {
        tool: { driver: { name: 'lading', semanticVersion: version, rules: used.map(sarifRule) } },
        columnKind: 'utf16CodeUnits',
        results: findings.map((finding) => ({
          ruleId: finding.rule,
          ruleIndex: used.findIndex(({ name }) => name === finding.rule),
          level: sarifLevels[finding.level],
          message: { text: finding.message },
          locations: [{ physicalLocation: { artifactLocation, region: regionOf(finding.span) } }],
          ...(finding.fix === undefined ? {} : { fixes: [sarifFix(finding.fix, artifactLocation)] }),
        })),
      },
    ],
  };
}

function sarifRule({ name, level, origin, summary, help }: Rule): object {
  return {
    id: name,
    shortDescription: { text: `${summary}.` },
    help: { text: help },
    defaultConfiguration: { level: sarifLevels[level] },
    properties: { tags: [origin === 'buildkit' ? 'buildkit' : 'lading'] },
  };
}

function sarifFix({ description, edits }: NonNullable<Finding['fix']>, artifactLocation: object): object {
  const replacements = edits.map(({ span, text }) => ({
    deletedRegion: regionOf(span),
    ...(text === '' ? {} : { insertedContent: { text } }),
  }));
  return { description: { text: `${description}.` }, artifactChanges: [{ artifactLocation, replacements }] };
}

function regionOf({ start, end }: Finding['span']): object {
  return { startLine: start.line, startColumn: start.column, endLine: end.line, endColumn: end.column };
}
