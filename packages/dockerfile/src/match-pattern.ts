import { LadingError } from '@lading/errors';
import { compileGlob, type Glob } from './internal/glob.ts';

export { type Glob as PathPattern, hasWildcards } from './internal/glob.ts';

export interface MatchOptions {
  /** `**` crosses folders, as `--parents` and `--exclude` have it; without it `**` is `*`. */
  readonly doubleStar?: boolean;
}

/**
 * Does the whole path match a pattern of COPY or ADD: Go's filepath.Match with `*`, `?`, `[a-z]`, `[^a-z]` and `\` before a
 * character that is meant as itself. `*` and `?` stay within one path segment. A malformed pattern is DOCKERFILE_INVALID.
 */
export function matchPattern(pattern: string, path: string, options: MatchOptions = {}): boolean {
  return compilePattern(pattern, options).matches(path);
}

/** The same for many paths. `matchesBelow(prefix)` says whether some path that starts with the prefix could match. */
export function compilePattern(pattern: string, options: MatchOptions = {}): Glob {
  const glob = compileGlob(pattern, { doubleStar: options.doubleStar ?? false });
  if (glob !== undefined) return glob;
  throw new LadingError('DOCKERFILE_INVALID', `Cannot read the pattern ${JSON.stringify(pattern)}: it is malformed`, {
    hint: 'Close every "[", and put "\\" before a character that is meant as itself.',
  });
}
