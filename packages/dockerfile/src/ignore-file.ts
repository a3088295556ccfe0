import { posix } from 'node:path';
import { LadingError } from '@lading/errors';
import { compileGlob, type Glob } from './internal/glob.ts';
import { SourceText } from './internal/source.ts';
import { trimSpace } from './internal/space.ts';

/** The rules of a `.dockerignore` or of `--exclude`. The last rule that matches a path, or one of its folders, decides. */
export interface IgnoreFile {
  /** In order, `!` in front of an exception. */
  readonly patterns: readonly string[];
  /** True when the path is left out. Paths are relative to the root of the context, with slashes. */
  matches(path: string): boolean;
  /** For a folder that is left out: could an exception bring back something below it? When false it need not be read. */
  couldMatchBelow(folder: string): boolean;
}

export interface IgnoreOptions {
  /** Stands in error messages; `.dockerignore` when absent. */
  readonly filename?: string;
}

/**
 * Reads an ignore file: one pattern per line, `#` in the first column starts a comment, `!` an exception; a leading slash means
 * nothing. Throws DOCKERFILE_INVALID for a malformed pattern, with its line.
 */
export function parseIgnore(text: string, options: IgnoreOptions = {}): IgnoreFile {
  const source = new SourceText(text, options.filename ?? '.dockerignore');
  const rules: Rule[] = [];
  for (const { start, end } of source.lines) {
    const line = source.text.slice(start, end);
    if (line.startsWith('#') || trimSpace(line) === '') continue;
    const rule = ruleOf(line);
    if (rule === undefined) {
      throw source.error(source.span(start, end), `the pattern ${JSON.stringify(trimSpace(line))} is malformed`, {
        hint: 'Close every "[", and put "\\" before a character that is meant as itself.',
      });
    }
    rules.push(rule);
  }
  return new Rules(rules);
}

/** The same from patterns that are already apart, such as those of `--exclude`; a `#` has no meaning. */
export function ignorePatterns(patterns: readonly string[]): IgnoreFile {
  const rules = patterns
    .filter((pattern) => trimSpace(pattern) !== '')
    .map((pattern) => {
      const rule = ruleOf(pattern);
      if (rule !== undefined) return rule;
      throw new LadingError(
        'DOCKERFILE_INVALID',
        `Cannot read the pattern ${JSON.stringify(pattern)}: it is malformed`,
        {
          hint: 'Close every "[", and put "\\" before a character that is meant as itself.',
        },
      );
    });
  return new Rules(rules);
}

interface Rule {
  readonly exception: boolean;
  readonly pattern: string;
  readonly glob: Glob;
}

function ruleOf(written: string): Rule | undefined {
  const trimmed = trimSpace(written);
  const exception = trimmed.startsWith('!');
  const bare = exception ? trimSpace(trimmed.slice(1)) : trimmed;
  if (bare === '') return undefined;
  const pattern = cleanPattern(bare);
  const glob = compileIgnored(pattern);
  return glob && { exception, pattern, glob };
}

/** Go's filepath.Clean, then without a leading slash. */
function cleanPattern(pattern: string): string {
  const clean = posix.normalize(pattern);
  const folder = clean.length > 1 && clean.endsWith('/') ? clean.slice(0, -1) : clean;
  return folder.length > 1 && folder.startsWith('/') ? folder.slice(1) : folder;
}

function compileIgnored(pattern: string): Glob | undefined {
  const glob = compileGlob(pattern, { doubleStar: true });
  // `**name` without a slash or any other wildcard is every path that ends so, also within a name
  const suffix = pattern.startsWith('**') ? pattern.slice(2) : '';
  if (glob === undefined || suffix === '' || suffix.startsWith('/') || /[*?[\]\\]/.test(suffix)) return glob;
  return { matches: (path) => path.endsWith(suffix), matchesBelow: () => true };
}

/** How many folders are remembered; a build walks a context folder by folder. */
const REMEMBERED = 4096;

class Rules implements IgnoreFile {
  readonly patterns: readonly string[];
  readonly #rules: readonly Rule[];
  /** For a folder, which rules match it or a folder above it. */
  readonly #folders = new Map<string, Uint8Array>();

  constructor(rules: readonly Rule[]) {
    this.#rules = rules;
    this.patterns = rules.map(({ exception, pattern }) => (exception ? `!${pattern}` : pattern));
  }

  matches(path: string): boolean {
    const clean = path.length > 1 && path.endsWith('/') ? path.slice(0, -1) : path;
    const above = this.#hits(parentOf(clean));
    let left = false;
    for (const [index, rule] of this.#rules.entries()) {
      if (rule.exception === left && (above?.[index] === 1 || rule.glob.matches(clean))) left = !rule.exception;
    }
    return left;
  }

  couldMatchBelow(folder: string): boolean {
    const clean = folder.length > 1 && folder.endsWith('/') ? folder.slice(0, -1) : folder;
    const hits = this.#hits(clean);
    // a rule that leaves out the folder leaves out all below it, whatever exceptions stand above the rule
    for (let index = this.#rules.length - 1; index >= 0; index--) {
      const rule = this.#rules[index]!;
      if (!rule.exception && hits?.[index] === 1) return false;
      if (rule.exception && (hits?.[index] === 1 || rule.glob.matchesBelow(`${clean}/`))) return true;
    }
    return false;
  }

  /** Undefined for the root, which no rule can leave out. */
  #hits(folder: string): Uint8Array | undefined {
    if (folder === '' || folder === '.') return undefined;
    const known = this.#folders.get(folder);
    if (known !== undefined) return known;
    // from the top down, since a path may have more folders than the stack has room
    let hits: Uint8Array | undefined;
    for (let slash = folder.indexOf('/', 1); ; slash = folder.indexOf('/', slash + 1)) {
      const part = slash === -1 ? folder : folder.slice(0, slash);
      hits = this.#folders.get(part) ?? this.#compute(part, hits);
      if (slash === -1) return hits;
    }
  }

  #compute(folder: string, above: Uint8Array | undefined): Uint8Array {
    const hits = new Uint8Array(this.#rules.length);
    for (const [index, rule] of this.#rules.entries()) {
      hits[index] = above?.[index] === 1 || rule.glob.matches(folder) ? 1 : 0;
    }
    if (this.#folders.size >= REMEMBERED) this.#folders.clear();
    this.#folders.set(folder, hits);
    return hits;
  }
}

function parentOf(path: string): string {
  const slash = path.lastIndexOf('/');
  return slash === -1 ? '' : path.slice(0, slash);
}
