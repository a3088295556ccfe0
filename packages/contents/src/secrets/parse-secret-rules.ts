import { LadingError } from '@lading/errors';
import { type Severity, severities } from '@lading/facts';
import { exampleText } from './example-text.ts';
import { minKeywordLength } from './keyword-finder.ts';
import { patternCost } from './pattern-cost.ts';
import { PatternError } from './pattern-syntax.ts';
import type { SecretRule } from './rule.ts';
import { compileRules } from './rule-set.ts';
import { textScanner } from './scan-text.ts';

const members = new Set(
  'id title severity keywords pattern ignoreCase lead within entropy allow paths generic finds ignores'.split(' '),
);
const longestKeyword = 64;
const mostRules = 1000;

/**
 * Reads rules of one's own: `{ "rules": [ … ] }` or the list itself, with the members of `SecretRule`, of which `id`, `keywords` and `pattern`
 * are needed. Patterns are held to the same bounds as those that are built in, and the examples of each rule must be told right. Throws
 * SECRET_RULES_INVALID, naming the rule and what is wrong. `name` is of the file, for messages.
 */
export function parseSecretRules(text: string, name: string): readonly SecretRule[] {
  const fail = (what: string, cause?: unknown): LadingError =>
    new LadingError('SECRET_RULES_INVALID', `Cannot use the rules in ${name}: ${what}`, { cause });
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    throw fail('it is not JSON', error);
  }
  const list = Array.isArray(value) ? value : (value as { rules?: unknown } | null)?.rules;
  if (!Array.isArray(list)) throw fail('it has no list of rules');
  if (list.length > mostRules) throw fail(`it has ${list.length} rules; ${mostRules} are the most`);
  const seen = new Set<string>();
  return list.map((each: unknown, index) => {
    const place = `rule ${index + 1}`;
    const rule = ruleOf(each, (what) => fail(`${place}: ${what}`));
    if (seen.has(rule.id)) throw fail(`two rules have the id ${rule.id}`);
    seen.add(rule.id);
    checkExamples(rule, (what) => fail(`rule ${rule.id}: ${what}`));
    return rule;
  });
}

function ruleOf(value: unknown, fail: (what: string) => LadingError): SecretRule {
  if (value === null || typeof value !== 'object' || Array.isArray(value)) throw fail('it is no object');
  const given = value as Record<string, unknown>;
  const unknown = Object.keys(given).find((key) => !members.has(key));
  if (unknown !== undefined) throw fail(`it has a member "${unknown}", which rules do not have`);
  const text = (key: string): string | undefined => {
    const member = given[key];
    if (member !== undefined && typeof member !== 'string') throw fail(`"${key}" is no text`);
    return member;
  };
  const flag = (key: string): boolean | undefined => {
    const member = given[key];
    if (member !== undefined && typeof member !== 'boolean') throw fail(`"${key}" is neither true nor false`);
    return member;
  };
  const texts = (key: string): readonly string[] => {
    const member = given[key] ?? [];
    if (!Array.isArray(member) || member.some((each) => typeof each !== 'string'))
      throw fail(`"${key}" is no list of texts`);
    return member;
  };
  const id = text('id') ?? '';
  if (!/^[a-z0-9][a-z0-9-]{1,63}$/.test(id)) throw fail('its "id" is not made of small letters, digits and "-"');
  const severity = text('severity') ?? 'high';
  if (!(severities as readonly string[]).includes(severity))
    throw fail(`"${severity}" is no severity: ${severities.join(', ')}`);
  const { entropy, lead } = given;
  if (entropy !== undefined && !(typeof entropy === 'number' && entropy >= 0 && entropy <= 8))
    throw fail('"entropy" is not 0 to 8');
  if (
    lead !== undefined &&
    lead !== 'word' &&
    !(Number.isInteger(lead) && (lead as number) >= 0 && (lead as number) <= 1024)
  ) {
    throw fail('"lead" is neither "word" nor 0 to 1024');
  }
  const rule: SecretRule = {
    id,
    title: text('title') ?? id,
    severity: severity as Severity,
    keywords: texts('keywords'),
    pattern: text('pattern') ?? '',
    ignoreCase: flag('ignoreCase'),
    lead: lead as SecretRule['lead'],
    within: flag('within'),
    entropy: entropy as number | undefined,
    allow: texts('allow'),
    paths: text('paths'),
    generic: flag('generic'),
    finds: texts('finds'),
    ignores: texts('ignores'),
  };
  checkKeywords(rule, fail);
  const reach = checkPattern('pattern', rule.pattern, fail, rule.ignoreCase);
  for (const pattern of rule.allow ?? []) checkPattern('allow', pattern, fail);
  if (rule.paths !== undefined) checkPattern('paths', rule.paths, fail);
  return { ...rule, reach };
}

function checkKeywords({ keywords }: SecretRule, fail: (what: string) => LadingError): void {
  if (keywords.length === 0) throw fail('it has no "keywords"; each match has one of them in it');
  for (const keyword of keywords) {
    if (keyword.length < minKeywordLength || keyword.length > longestKeyword || !/^[\x20-\x7e]+$/.test(keyword)) {
      throw fail(`the keyword "${keyword}" is not ${minKeywordLength} to ${longestKeyword} characters of ASCII`);
    }
  }
}

/** How many bytes the pattern reads at most. */
function checkPattern(
  member: string,
  pattern: string,
  fail: (what: string) => LadingError,
  ignoreCase?: boolean,
): number {
  if (pattern === '') throw fail(`"${member}" is empty`);
  try {
    const { length } = patternCost(pattern, ignoreCase);
    new RegExp(pattern);
    return length;
  } catch (error) {
    if (error instanceof PatternError || error instanceof SyntaxError) throw fail(`"${member}": ${error.message}`);
    throw error;
  }
}

function checkExamples(rule: SecretRule, fail: (what: string) => LadingError): void {
  if (rule.paths !== undefined) return;
  const scan = textScanner(compileRules([rule]));
  const finds = (example: string): boolean => scan('example', Buffer.from(exampleText(example), 'latin1')).length > 0;
  const missed = rule.finds.find((example) => !finds(example));
  if (missed !== undefined)
    throw fail(`it does not find its example ${JSON.stringify(missed)}; does the pattern begin with a keyword?`);
  const taken = rule.ignores.find(finds);
  if (taken !== undefined) throw fail(`it finds ${JSON.stringify(taken)}, which it says to ignore`);
}
