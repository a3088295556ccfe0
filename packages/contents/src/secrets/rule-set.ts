import { KeywordFinder } from './keyword-finder.ts';
import type { SecretRule } from './rule.ts';
import { RuleMatcher } from './rule-matcher.ts';

/** Rules made ready together: one finder for all their keywords. Making it takes some 10 ms; it is shared by all scanners of a process. */
export interface RuleSet {
  readonly finder: KeywordFinder;
  /** By the index of the keyword: its length, and who is to be tried. */
  readonly keywords: readonly { readonly length: number; readonly matchers: readonly RuleMatcher[] }[];
  /** Rules that are tried at every line of the files they are for. */
  readonly byLine: readonly RuleMatcher[];
  /** The place of each rule: where several find the same secret, the first is told. */
  readonly order: ReadonlyMap<SecretRule, number>;
}

export function compileRules(rules: readonly SecretRule[]): RuleSet {
  const keywords = new Map<string, { text: string; ignoreCase: boolean; matchers: RuleMatcher[] }>();
  const byLine: RuleMatcher[] = [];
  for (const rule of rules) {
    const matcher = new RuleMatcher(rule);
    const ignoreCase = rule.ignoreCase === true;
    if (rule.keywords.length === 0) byLine.push(matcher);
    for (const keyword of new Set(rule.keywords.map((each) => (ignoreCase ? each.toLowerCase() : each)))) {
      const key = `${ignoreCase} ${keyword}`;
      const entry = keywords.get(key) ?? { text: keyword, ignoreCase, matchers: [] };
      keywords.set(key, entry);
      entry.matchers.push(matcher);
    }
  }
  const all = [...keywords.values()];
  return {
    finder: new KeywordFinder(all),
    keywords: all.map(({ text, matchers }) => ({ length: text.length, matchers })),
    byLine,
    order: new Map(rules.map((rule, index) => [rule, rule.generic === true ? rules.length + index : index])),
  };
}
