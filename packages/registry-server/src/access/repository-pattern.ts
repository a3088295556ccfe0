import { followsPattern, matchesText } from './internal/wildcard.ts';

/** Tests the name of a repository. */
export type RepositoryMatcher = (name: string) => boolean;

/**
 * One matcher for all of the patterns, compiled once and asked for every entry of a catalog. In a pattern `*` stands for any part of one
 * path component, `**` for any number of components: `team/**` is everything below `team`, `**` is everything. The empty name, which no
 * repository has, stands for the registry as a whole: `**` alone matches it.
 */
export function matchRepositories(patterns: readonly string[]): RepositoryMatcher {
  if (patterns.includes('**')) return () => true;
  const names = new Set<string>();
  const prefixes: string[] = [];
  const rest: (readonly string[])[] = [];
  for (const pattern of new Set(patterns)) {
    if (!pattern.includes('*')) names.add(pattern);
    else if (pattern.endsWith('/**') && pattern.indexOf('*') === pattern.length - 2)
      prefixes.push(pattern.slice(0, -2));
    // At the end `**` is at least one component, as above.
    else rest.push(pattern.endsWith('/**') ? [...pattern.split('/'), '*'] : pattern.split('/'));
  }
  return (name) => {
    if (name === '') return false;
    if (names.has(name)) return true;
    for (const prefix of prefixes) if (name.startsWith(prefix)) return true;
    if (rest.length === 0) return false;
    const components = name.split('/');
    return rest.some((pattern) => followsPattern(pattern, components, '**', matchesText));
  };
}

/** What is wrong with a pattern; undefined when nothing is. */
export function patternFault(pattern: string): string | undefined {
  if (pattern.length > 255) return 'is longer than 255 characters';
  for (const component of pattern.split('/')) {
    if (component === '') return 'has an empty path component';
    if (component !== '**' && component.includes('**'))
      return 'has "**" beside other characters; it stands for whole path components';
    if (!/^[a-z0-9*._-]+$/.test(component)) return 'has characters that no repository name has';
  }
  return undefined;
}
