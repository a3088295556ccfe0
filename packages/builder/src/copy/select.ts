import { compilePattern, hasWildcards, type IgnoreFile, ignorePatterns } from '@lading/dockerfile';
import { LadingError } from '@lading/errors';
import type { FileSource, SourceFile } from '../file-source.ts';

/** A path that a source pattern of COPY or ADD named. */
export interface Selected {
  /** The file, or the folder whose inside is copied. Links are followed here, at the top, and kept below; with `--parents` also here. */
  readonly file: SourceFile;
  /** How it was named, relative to the root of the source; its last part is the name it gets. */
  readonly path: string;
  /** For `--parents`: what comes in front of `/./` is not part of the path that is kept. */
  readonly keptFrom: number;
  /** For `--parents`: the folders of the kept path above the file, from the top. */
  readonly above: readonly SourceFile[];
  /** Everything below a folder, parents first; empty for a file. */
  readonly inside: readonly SourceFile[];
}

export interface SelectOptions {
  /** Patterns as in an ignore file: relative to each folder that is copied, with `--parents` to where the kept path starts. */
  readonly exclude: readonly string[];
  readonly parents: boolean;
}

/**
 * Finds what the patterns name, in order. A pattern with wildcards may match nothing, as long as the folder in front of the first
 * one is there. Throws BUILD_INVALID for a path that is absent.
 */
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
    const names = wild ? await expandPattern(source, path, pattern, options.parents) : [path];
    for (const name of names) {
      const file = await source.find(name, { follow: !options.parents });
      if (file === undefined) throw absent(source, pattern);
      const base = options.parents ? name.slice(keptFrom) : '';
      if (isExcluded(exclude, name, base, file)) continue;
      const inside = file.type === 'directory' ? await descend(source, file.path, base, exclude) : [];
      if (file.passage === true && inside.length === 0) {
        if (wild) continue;
        throw absent(source, pattern);
      }
      const above = options.parents ? await foldersAbove(source, name, keptFrom) : [];
      selected.push({ file, path: name, keptFrom, above, inside });
    }
  }
  return selected;
}

/** A folder is copied for its inside, so that patterns speak of that; a single file is meant by its path or by its name. */
function isExcluded(exclude: IgnoreFile, name: string, base: string, file: SourceFile): boolean {
  if (base !== '') return exclude.matches(base) && !(file.type === 'directory' && exclude.couldMatchBelow(base));
  return file.type !== 'directory' && (exclude.matches(name) || exclude.matches(name.slice(name.lastIndexOf('/') + 1)));
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
  if (before === '' || after === '') return { path: before + after, keptFrom: before.length };
  return { path: `${before}/${after}`, keptFrom: before.length + 1 };
}

/** The paths that match. The folder in front of the first wildcard is found through links, the rest is matched name by name. */
async function expandPattern(
  source: FileSource,
  path: string,
  written: string,
  doubleStar: boolean,
): Promise<string[]> {
  const parts = path.split('/');
  const fixed = parts.slice(
    0,
    parts.findIndex((part) => /[*?[\\]/.test(part)),
  );
  const start = await source.find(fixed.join('/'), { follow: true });
  if (start?.type !== 'directory') throw absent(source, written);
  const glob = compilePattern(parts.slice(fixed.length).join('/'), { doubleStar });
  const matches: string[] = [];
  const visit = async (folder: string, above: string): Promise<void> => {
    for (const file of await source.list(folder)) {
      const name = above + file.path.slice(file.path.lastIndexOf('/') + 1);
      if (glob.matches(name)) matches.push([...fixed, name].join('/'));
      else if (file.type === 'directory' && glob.matchesBelow(`${name}/`)) await visit(file.path, `${name}/`);
    }
  };
  await visit(start.path, '');
  return matches;
}

/** Everything below a folder. A folder that is only a passage appears when something below it does. */
async function descend(source: FileSource, folder: string, base: string, exclude: IgnoreFile): Promise<SourceFile[]> {
  const files: SourceFile[] = [];
  for (const file of await source.list(folder)) {
    const name = file.path.slice(file.path.lastIndexOf('/') + 1);
    const path = base === '' ? name : `${base}/${name}`;
    const excluded = exclude.patterns.length > 0 && exclude.matches(path);
    if (excluded && !(file.type === 'directory' && exclude.couldMatchBelow(path))) continue;
    const below = file.type === 'directory' ? await descend(source, file.path, path, exclude) : [];
    if ((excluded || file.passage === true) && below.length === 0) continue;
    files.push(file);
    // Not by spreading: a folder may hold more than fits in a call.
    for (const one of below) files.push(one);
  }
  return files;
}

async function foldersAbove(source: FileSource, path: string, from: number): Promise<SourceFile[]> {
  const folders: SourceFile[] = [];
  for (let slash = path.indexOf('/', from); slash >= 0; slash = path.indexOf('/', slash + 1)) {
    const asked = path.slice(0, slash);
    const folder = await source.find(asked, { follow: true });
    if (folder !== undefined) folders.push({ ...folder, path: asked });
  }
  return folders;
}

function absent(source: FileSource, pattern: string): LadingError {
  return new LadingError('BUILD_INVALID', `Cannot copy "${pattern}" from ${source.name}: it is not there`, {
    hint: 'Paths are relative to the root of the source; a .dockerignore can also hide them.',
    details: { pattern, source: source.name },
  });
}
