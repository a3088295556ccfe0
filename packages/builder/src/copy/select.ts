import { compilePattern, hasWildcards, ignorePatterns } from '@lading/dockerfile';
import { LadingError } from '@lading/errors';
import type { FileSource, SourceFile } from '../file-source.ts';

/** A path that a source pattern of COPY or ADD named. */
export interface Selected {
  /** The file, or the folder whose inside is copied. Links are followed here, at the top, and kept below. */
  readonly file: SourceFile;
  /** How it was named, relative to the root of the source; its last part is the name it gets. */
  readonly path: string;
  /** For `--parents`: what comes in front of `/./` is not part of the path that is kept. */
  readonly keptFrom: number;
  /** Everything below a folder, parents first; empty for a file. */
  readonly inside: readonly SourceFile[];
}

export interface SelectOptions {
  readonly exclude: readonly string[];
  readonly parents: boolean;
}

/** Finds what the patterns name, in order. Throws BUILD_INVALID for one that names nothing. */
export async function select(
  source: FileSource,
  patterns: readonly string[],
  options: SelectOptions,
): Promise<Selected[]> {
  const exclude = ignorePatterns(options.exclude);
  const selected: Selected[] = [];
  for (const pattern of patterns) {
    const { path, keptFrom } = cleanSource(pattern, options.parents);
    const wild = hasWildcards(path);
    const paths = wild ? await expandPattern(source, path, options.parents) : [path];
    let found = 0;
    for (const candidate of paths) {
      const file = await source.find(candidate, { follow: true });
      if (file === undefined || file.passage === true) continue;
      found++;
      if (candidate !== '' && exclude.matches(candidate)) continue;
      const inside =
        file.type === 'directory' ? await descend(source, file.path, candidate, exclude.matches.bind(exclude)) : [];
      selected.push({ file, path: candidate, keptFrom, inside });
    }
    if (found === 0) throw absent(source, pattern, wild);
  }
  return selected;
}

/** Whether the patterns could name several paths, which makes the destination a folder. */
export function isPlural(patterns: readonly string[]): boolean {
  return patterns.length > 1 || patterns.some(hasWildcards);
}

/** A source path as written, relative to the root of its source: `..` stops there, `/` and `.` mean it. */
function cleanSource(pattern: string, parents: boolean): { path: string; keptFrom: number } {
  const pivot = parents ? pattern.indexOf('/./') : -1;
  const clean = (text: string): string => {
    const kept: string[] = [];
    for (const part of text.split('/')) {
      if (part === '..') kept.pop();
      else if (part !== '' && part !== '.') kept.push(part);
    }
    return kept.join('/');
  };
  if (pivot < 0) return { path: clean(pattern), keptFrom: 0 };
  const [before, after] = [clean(pattern.slice(0, pivot)), clean(pattern.slice(pivot))];
  return { path: before === '' ? after : `${before}/${after}`, keptFrom: before === '' ? 0 : before.length + 1 };
}

async function expandPattern(source: FileSource, pattern: string, doubleStar: boolean): Promise<string[]> {
  const glob = compilePattern(pattern, { doubleStar });
  const matches: string[] = [];
  const visit = async (folder: string): Promise<void> => {
    for (const file of await source.list(folder)) {
      if (glob.matches(file.path)) matches.push(file.path);
      else if (file.type === 'directory' && glob.matchesBelow(`${file.path}/`)) await visit(file.path);
    }
  };
  await visit('');
  return matches;
}

/** Everything below a folder. A folder that is only a passage appears when something below it does. */
async function descend(
  source: FileSource,
  folder: string,
  asked: string,
  isExcluded: (path: string) => boolean,
): Promise<SourceFile[]> {
  const files: SourceFile[] = [];
  for (const file of await source.list(folder)) {
    // Patterns speak of paths as they were asked for, also where the folder was reached through a link.
    const name = file.path.slice(file.path.lastIndexOf('/') + 1);
    const path = asked === '' ? name : `${asked}/${name}`;
    if (isExcluded(path)) continue;
    const below = file.type === 'directory' ? await descend(source, file.path, path, isExcluded) : [];
    if (file.passage === true && below.length === 0) continue;
    files.push(file, ...below);
  }
  return files;
}

function absent(source: FileSource, pattern: string, wild: boolean): LadingError {
  return new LadingError(
    'BUILD_INVALID',
    `Cannot copy "${pattern}" from ${source.name}: ${wild ? 'nothing matches it' : 'it is not there'}`,
    {
      hint: 'Paths are relative to the root of the source; a .dockerignore can also hide them.',
      details: { pattern, source: source.name },
    },
  );
}
