import type { Severity } from '@lading/facts';

/**
 * One kind of secret, as data. A rule is tried only where one of its keywords stands, and there only on the few bytes that its pattern can
 * reach; `patternCost` says how many those are, and refuses patterns whose work has no small bound.
 */
export interface SecretRule {
  /** `github-pat`: in findings, in ignore rules, and in fingerprints, so it never changes. */
  readonly id: string;
  /** `GitHub personal access token`. */
  readonly title: string;
  readonly severity: Severity;
  /** At least four ASCII characters each, one of which is in every match. Without any, the rule is tried at each line of files of `paths`. */
  readonly keywords: readonly string[];
  /** A regular expression over single bytes (Latin-1). The secret is its first group, or all of the match. */
  readonly pattern: string;
  readonly ignoreCase?: boolean | undefined;
  /** The most bytes that the pattern reads: `defaultReach` unless told. */
  readonly reach?: number | undefined;
  /**
   * Where a match begins that does not begin with its keyword: so many bytes before it, or with the word of letters, digits, `_` and `-` that
   * ends there.
   */
  readonly lead?: number | 'word' | undefined;
  /** Whether a letter, digit or `_` may stand before the match. False unless told. */
  readonly within?: boolean | undefined;
  /** What must follow the keyword, seen before the pattern is tried. */
  readonly gate?: Gate | undefined;
  /** Bits for each character of the secret, at least. */
  readonly entropy?: number | undefined;
  /** Patterns of secrets that are none, such as keys that the vendor shows in its manual. */
  readonly allow?: readonly string[] | undefined;
  /** How a value is looked at beyond its pattern; see `judge.ts`. */
  readonly judge?: 'password' | 'guess' | 'basic-auth' | undefined;
  /** The rule is for files whose path this matches; for all unless told. */
  readonly paths?: string | undefined;
  /** It guesses from a name and a value: where another rule finds the same secret, that one is told. */
  readonly generic?: boolean | undefined;
  /** Texts that hold such a secret, and that do not, as `exampleText` reads them: `ghp_{alnum:36}`. */
  readonly finds: readonly string[];
  readonly ignores: readonly string[];
}

/** `assignment`: a name goes on and `=` or `:` follows. `userinfo`: `user:password@` of a URL follows. */
export type Gate = 'assignment' | 'userinfo';

/** Enough for nearly all tokens. */
export const defaultReach = 600;
