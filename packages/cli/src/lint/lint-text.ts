import type { Finding, LintReport } from '@lading/builder';
import { printable } from '../printable.ts';

/** Findings for people: each with its place, its source lines underlined, and once for each rule why it matters. */
export function lintText(filename: string, findings: LintReport['findings'], fixed: readonly Finding[]): string {
  const explained = new Set<string>();
  const blocks = findings.map(({ rule, level, message, span, excerpt, help, fix }) => {
    const lines = [
      `${filename}:${span.start.line}:${span.start.column} ${level} ${rule}: ${message}`,
      ...excerpt.split('\n').map((line) => `  ${line}`),
    ];
    if (!explained.has(rule)) lines.push(`  ${help}`);
    if (fix !== undefined) lines.push(`  fix: ${fix.description}`);
    explained.add(rule);
    return printable(lines.join('\n'));
  });
  return [...blocks, summary(findings, fixed)].join('\n\n');
}

function summary(findings: readonly Finding[], fixed: readonly Finding[]): string {
  const counts = (['error', 'warning', 'info', 'hint'] as const).flatMap((level) => {
    const count = findings.filter((finding) => finding.level === level).length;
    if (count === 0) return [];
    return `${count} ${level}${count === 1 || level === 'info' ? '' : 's'}`;
  });
  const fixable = findings.filter(({ fix }) => fix !== undefined).length;
  return [
    counts.length === 0 ? 'Nothing found.' : `Found ${counts.join(', ')}.`,
    ...(fixed.length === 0 ? [] : [`${fixed.length} fixed.`]),
    ...(fixable === 0 ? [] : [`${fixable} can be fixed with --fix.`]),
  ].join(' ');
}
