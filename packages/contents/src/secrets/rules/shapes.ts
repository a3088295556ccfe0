import type { Severity } from '@lading/facts';
import { minKeywordLength } from '../keyword-finder.ts';
import type { SecretRule } from '../rule.ts';

// The two shapes that nearly all tokens have: a prefix that says whose they are, or a plain string with a name before it.

type Rest = Omit<SecretRule, 'id' | 'title' | 'severity' | 'keywords' | 'pattern'>;

export interface TokenRow extends Rest {
  /** The pattern of the token. What it begins with is the keyword. */
  readonly token: string;
  /** Where the pattern begins with fewer than four fixed characters, or the fixed ones stand further inside. */
  readonly keywords?: readonly string[] | undefined;
}

/** A token that is known by its own characters. */
export function token(id: string, severity: Severity, title: string, row: TokenRow): SecretRule {
  const { token: pattern, keywords = [fixedStart(pattern)], ...rest } = row;
  return { id, title, severity, keywords, pattern: `${pattern}${noMore}`, ...rest };
}

export interface NamedRow extends Rest {
  /** Names that the assigned name begins with or contains; `-`, `_` and nothing between words are the same: `new-relic`. */
  readonly names: readonly string[];
  /** More of the name that is asked for, as a pattern: `[\w.-]{0,20}secret`. */
  readonly more?: string | undefined;
  /** The pattern of the value. */
  readonly value: string;
}

/** A value that is known only by the name that it is assigned to. */
export function named(id: string, severity: Severity, title: string, row: NamedRow): SecretRule {
  const { names, more = '', value, ...rest } = row;
  const name = names.map((each) => each.replaceAll('-', '[-_]?')).join('|');
  return {
    id,
    title,
    severity,
    keywords: names.flatMap(spellings),
    pattern: `(?:${name})${more}${assigns}(${value})${noMore}`,
    ignoreCase: true,
    within: true,
    gate: 'assignment',
    ...rest,
  };
}

/** The rest of a name, and the sign that gives it a value, in the languages and formats there are. */
export const assigns = '[\\w.-]{0,40}[\\\\"\'`\\])\\t ]{0,8}(?:=>|:=|[=:>,])[\\t ]{0,4}[\\\\"\'`]{0,2}';

/** The end of a token. */
export const noMore = '(?![\\w-])';

/** Keywords of a prefix that is too short to be one, with each character that may follow. */
export function followedBy(prefix: string, characters: string): string[] {
  return [...characters].map((char) => `${prefix}${char}`);
}

export const digits = '0123456789';
export const letters = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz';
export const hexDigits = '0123456789abcdef';
export const uuid = '[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}';

function spellings(name: string): string[] {
  return name.includes('-') ? ['-', '_', ''].map((mark) => name.replaceAll('-', mark)) : [name];
}

/** What every match begins with. */
function fixedStart(pattern: string): string {
  const start = /^(?:[\w-]|\\?[.$/:]|&|=)+(?![?*{])/.exec(pattern)?.[0].replaceAll('\\', '') ?? '';
  if (start.length < minKeywordLength) throw new RangeError(`${pattern} needs keywords: it begins with ${start}`);
  return start;
}
