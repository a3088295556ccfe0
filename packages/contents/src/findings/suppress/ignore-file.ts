import { LadingError, messageOf } from '@lading/errors';
import { matchesGlob } from './glob.ts';

/** That something found does not count, who says so, why, and until when. */
export interface IgnoreRule {
  /** Of a vulnerability under any of its names, a secret's rule or a check. */
  readonly id: string;
  /** A pattern of the package's name or purl; any package where absent. */
  readonly package?: string | undefined;
  /** A pattern of the location, without a leading slash. */
  readonly path?: string | undefined;
  /** A pattern of the image's name as it was given. */
  readonly image?: string | undefined;
  readonly reason: string;
  readonly owner: string;
  /** The last day it holds, ISO; for ever where absent. */
  readonly expires?: string | undefined;
  /** Where it is written, from 1. */
  readonly line: number;
}

const texts = ['id', 'package', 'path', 'image', 'reason', 'owner'] as const;

/**
 * Reads `.ladingignore.toml`: tables `[[ignore]]`. A rule without an id, a reason and an owner is an error, and so is a member that no rule
 * has: a misspelt `expires` would make it hold for ever. `name` is the file's, for errors. Throws IGNORE_FILE_INVALID.
 */
export async function parseIgnoreFile(text: string, name: string): Promise<readonly IgnoreRule[]> {
  const { parse } = await import('smol-toml');
  let table: Readonly<Record<string, unknown>>;
  try {
    table = parse(text);
  } catch (cause) {
    const { line } = cause as { line?: number };
    throw invalid(name, line, `it is not TOML: ${messageOf(cause).split('\n')[0]}`, cause);
  }
  const lines = headerLines(text);
  const stranger = Object.keys(table).find((key) => key !== 'ignore');
  if (stranger !== undefined) throw invalid(name, undefined, `"${stranger}" is not "ignore"`);
  const rules = table.ignore ?? [];
  if (!Array.isArray(rules)) throw invalid(name, undefined, '"ignore" is not a list of tables [[ignore]]');
  return rules.map((rule, index) => ruleOf(rule, name, lines[index] ?? 1));
}

function ruleOf(rule: Readonly<Record<string, unknown>>, name: string, line: number): IgnoreRule {
  for (const key of Object.keys(rule)) {
    if (key === 'expires' || texts.some((known) => known === key)) continue;
    throw invalid(name, line, `a rule has no "${key}"`);
  }
  for (const key of texts) {
    const value = rule[key];
    const required = key === 'id' || key === 'reason' || key === 'owner';
    if (value === undefined && !required) continue;
    if (typeof value !== 'string' || value.trim() === '') {
      throw invalid(name, line, value === undefined ? `the rule says no ${key}` : `"${key}" is no text`);
    }
  }
  return { ...(rule as unknown as IgnoreRule), expires: dayOf(rule.expires, name, line), line };
}

/** A date of TOML, or the same as text. */
function dayOf(value: unknown, name: string, line: number): string | undefined {
  if (value === undefined) return undefined;
  const text = value instanceof Date ? value.toISOString() : String(value);
  if (/^\d{4}-\d{2}-\d{2}(?:T|$)/.test(text) && !Number.isNaN(Date.parse(text))) return text.slice(0, 10);
  throw invalid(name, line, `"expires" is no day such as 2026-12-31`);
}

/** The lines of the headers `[[ignore]]`, in their order. The reader of TOML tells places of faults alone. */
function headerLines(text: string): number[] {
  return text
    .split('\n')
    .flatMap((line, index) => (/^\s*\[\[\s*["']?ignore["']?\s*\]\]/.test(line) ? [index + 1] : []));
}

function invalid(name: string, line: number | undefined, fault: string, cause?: unknown): LadingError {
  const place = line === undefined ? '' : ` at line ${line}`;
  return new LadingError('IGNORE_FILE_INVALID', `Cannot use the ignore rules of ${name}${place}: ${fault}`, {
    hint: 'A rule has id, reason and owner, and may have package, path, image and expires.',
    details: { path: name, ...(line === undefined ? {} : { line }) },
    ...(cause === undefined ? {} : { cause }),
  });
}

/** Whether a rule is over on a day (ISO). */
export function isExpired({ expires }: IgnoreRule, today: string): boolean {
  return expires !== undefined && expires < today.slice(0, 10);
}

/** What a rule is held against: one finding in one place. */
export interface RuleSubject {
  readonly ids: readonly string[];
  readonly package?: { readonly name: string; readonly purl: string } | undefined;
  readonly location?: string | undefined;
  readonly image: string;
}

export function ruleMatches(rule: IgnoreRule, subject: RuleSubject): boolean {
  const fits = (pattern: string | undefined, ...values: readonly (string | undefined)[]): boolean =>
    pattern === undefined || values.some((value) => value !== undefined && matchesGlob(pattern, value));
  return (
    subject.ids.includes(rule.id) &&
    fits(rule.package, subject.package?.name, subject.package?.purl) &&
    fits(rule.path?.replace(/^\//, ''), subject.location) &&
    fits(rule.image, subject.image)
  );
}
