import { isLadingError, type LadingError } from '@lading/errors';
import { type Environment, expand, expandHeredoc } from '../expand.ts';

export interface TrackedExpansion {
  /** Undefined when the word cannot be expanded. */
  readonly text: string | undefined;
  readonly error: LadingError | undefined;
  /** Variables that were looked up and were set, each once. */
  readonly found: ReadonlySet<string>;
  /** Variables that were looked up and were not. */
  readonly missing: ReadonlySet<string>;
}

/** Expands a word, or the content of a here-document, and tells which variables it asked for. */
export function trackedExpand(
  word: string,
  env: Environment,
  escapeChar: '\\' | '`',
  kind: 'word' | 'heredoc' = 'word',
): TrackedExpansion {
  const found = new Set<string>();
  const missing = new Set<string>();
  const look: Environment = (name) => {
    const value = env(name);
    (value === undefined ? missing : found).add(name);
    return value;
  };
  try {
    const text = kind === 'word' ? expand(word, look, { escape: escapeChar }) : expandHeredoc(word, look);
    return { text, error: undefined, found, missing };
  } catch (error) {
    if (!isLadingError(error)) throw error;
    return { text: undefined, error, found, missing };
  }
}
