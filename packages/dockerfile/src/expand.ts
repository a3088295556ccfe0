import { isLadingError, LadingError, messageOf } from '@lading/errors';
import { type LexedWord, type LexerOptions, lexWord } from './internal/word-lexer.ts';

/** The value of a variable; undefined when it is not set, which differs from empty. */
export type Environment = (name: string) => string | undefined;

export interface ExpandOptions {
  /** The escape character of the file; `\` unless its directive says otherwise. */
  readonly escape?: '\\' | '`';
  /** On Windows a name that is not found as written is asked for again in upper case. */
  readonly platform?: 'linux' | 'windows';
  /** Keeps `$name` as written when it is not set; for showing a command. */
  readonly keepUnset?: boolean;
  /** Keeps quotes in the result; for showing a command. */
  readonly keepQuotes?: boolean;
}

/**
 * The text of one word with its quotes and escapes read and its variables put in; white space stays.
 * Understands `$name ${name}` and the modifiers `:- - :+ + :? ? # ## % %% / //` (Dockerfile reference §environment-replacement).
 * Throws DOCKERFILE_INVALID for an open quote, an unknown modifier, or a `?` whose variable is missing.
 */
export function expand(word: string, env: Environment, options: ExpandOptions = {}): string {
  return run(word, env, options).text;
}

/** Like {@link expand}, then split at white space that was not quoted, also where a variable brought it in. */
export function expandWords(text: string, env: Environment, options: ExpandOptions = {}): string[] {
  return [...run(text, env, options).words];
}

/** Puts variables into the content of a here-document of COPY or ADD: quotes are plain there and `\` always escapes. */
export function expandHeredoc(
  content: string,
  env: Environment,
  options: Pick<ExpandOptions, 'platform'> = {},
): string {
  return run(content, env, { ...options, escape: '\\' }, { ignoreQuotes: true }).text;
}

function run(
  text: string,
  env: Environment,
  options: ExpandOptions,
  more: Pick<LexerOptions, 'ignoreQuotes'> = {},
): LexedWord {
  const { escape: escapeChar = '\\', platform, keepUnset = false, keepQuotes = false } = options;
  const look = platform === 'windows' ? (name: string) => env(name) ?? env(name.toUpperCase()) : env;
  try {
    return lexWord(text, { escape: escapeChar, env: look, keepUnset, rawQuotes: keepQuotes, ...more });
  } catch (error) {
    if (!isLadingError(error, 'DOCKERFILE_INVALID')) throw error;
    const shown = text.length > 100 ? `${text.slice(0, 100)}…` : text;
    throw new LadingError('DOCKERFILE_INVALID', `Cannot expand ${JSON.stringify(shown)}: ${messageOf(error)}`, {
      hint: error.hint,
    });
  }
}
