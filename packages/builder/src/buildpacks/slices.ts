import { posix } from 'node:path';
import { compilePattern } from '@lading/dockerfile';
import { LadingError } from '@lading/errors';
import { appFolder } from './run-program.ts';

/** A path of the application, relative to its folder. */
export interface AppPath {
  readonly path: string;
  readonly isFolder: boolean;
}

/**
 * Divides the application into layers: one for each slice that matches something, without what an earlier one took, and one for the
 * rest (buildpack API §slice layers). A folder that matches is taken with all in it; each layer has the folders above what it holds.
 * Folders have to come before what they hold; so they do in each layer. Throws BUILDPACK_INVALID for patterns that lead out.
 */
export function sliceApp(
  paths: readonly AppPath[],
  slices: readonly (readonly string[])[],
): readonly (readonly string[])[] {
  const taken = new Set<string>();
  const layers: string[][] = [];
  for (const slice of slices) {
    const patterns = slice.map((pattern) => compilePattern(relativePattern(pattern)));
    const matched = new Set<string>();
    for (const { path } of paths) {
      if (taken.has(path)) continue;
      if (matched.has(posix.dirname(path)) || patterns.some((pattern) => pattern.matches(path))) matched.add(path);
    }
    for (const path of matched) taken.add(path);
    if (matched.size > 0) layers.push(withFolders(paths, matched));
  }
  const rest = new Set(paths.flatMap(({ path, isFolder }) => (taken.has(path) || isFolder ? [] : [path])));
  const full = new Set(paths.map(({ path }) => posix.dirname(path)));
  for (const { path, isFolder } of paths) if (isFolder && !taken.has(path) && !full.has(path)) rest.add(path);
  return [...layers, withFolders(paths, rest)];
}

function withFolders(paths: readonly AppPath[], chosen: ReadonlySet<string>): string[] {
  const all = new Set(chosen);
  for (const path of chosen)
    for (let above = posix.dirname(path); above !== '.'; above = posix.dirname(above)) all.add(above);
  return paths.flatMap(({ path }) => (all.has(path) ? [path] : []));
}

function relativePattern(pattern: string): string {
  const clean = posix.normalize(pattern);
  const relative = clean.startsWith(`${appFolder}/`) ? clean.slice(appFolder.length + 1) : clean;
  if (relative.startsWith('/') || relative === '..' || relative.startsWith('../')) {
    throw new LadingError(
      'BUILDPACK_INVALID',
      `Cannot slice by ${JSON.stringify(pattern)}: it leads out of the application`,
      {
        hint: `Paths of slices are relative to ${appFolder}.`,
      },
    );
  }
  return relative.length > 1 && relative.endsWith('/') ? relative.slice(0, -1) : relative;
}
