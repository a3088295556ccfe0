import { entropy } from './entropy.ts';
import { fingerprintOf } from './fingerprint.ts';
import { isBasicAuth, isLikeChance, isPassword } from './judge.ts';
import { isPlaceholder } from './placeholder.ts';
import { defaultReach, type SecretRule } from './rule.ts';
import type { TextWindow } from './text-window.ts';

/** A secret that a rule found, as offsets in the text. */
export interface Match {
  readonly start: number;
  readonly end: number;
  /** The end of all that the pattern took. */
  readonly over: number;
  readonly fingerprint: string;
}

/** Longer ones were made by a machine: no text that people leave out looks like that. */
const longestPlaceholder = 400;

/** A rule, ready to be tried where one of its keywords stands. */
export class RuleMatcher {
  readonly rule: SecretRule;
  readonly #pattern: RegExp;
  readonly #allow: readonly RegExp[];
  readonly #paths: RegExp | undefined;

  constructor(rule: SecretRule) {
    this.rule = rule;
    this.#pattern = new RegExp(rule.pattern, rule.ignoreCase === true ? 'iy' : 'y');
    this.#allow = (rule.allow ?? []).map((pattern) => new RegExp(pattern));
    this.#paths = rule.paths === undefined ? undefined : new RegExp(rule.paths);
  }

  isFor(path: string): boolean {
    return this.#paths === undefined || this.#paths.test(path);
  }

  /** What begins exactly at `at`. Of the text not more is read than the pattern can take. */
  matchAt(text: TextWindow, at: number): Match | undefined {
    const piece = text.at(at, this.rule.reach ?? defaultReach);
    this.#pattern.lastIndex = at - text.start;
    const found = this.#pattern.exec(piece);
    if (found === null) return undefined;
    const [all, secret = all] = found;
    if (!this.#isSecret(secret)) return undefined;
    // Where a text is in its match more than once, as in `app:app@`, the secret is the last.
    const start = at + all.lastIndexOf(secret);
    return {
      start,
      end: start + secret.length,
      over: at + all.length,
      fingerprint: fingerprintOf(this.rule.id, secret),
    };
  }

  #isSecret(secret: string): boolean {
    const { judge, entropy: least = 0 } = this.rule;
    if (this.#allow.some((pattern) => pattern.test(secret))) return false;
    if (judge === 'password') return isPassword(secret, least);
    if (judge === 'guess') return isLikeChance(secret, least);
    if (judge === 'basic-auth') return isBasicAuth(secret);
    if (secret.length > longestPlaceholder) return true;
    return !isPlaceholder(secret) && (least === 0 || entropy(secret) >= least);
  }
}
