const FILE = 'package.json';
const MODULES = 'node_modules/';

/**
 * What a `package.json` is by where it lies: at the root of an `installed` package; `nested` somewhere below such a root; else at the root
 * of a `project`, such as an application. Undefined for other files.
 */
export type Place = 'installed' | 'nested' | 'project';

export function placeOf(path: string): Place | undefined {
  if (!path.endsWith(FILE)) return undefined;
  const end = path.length - FILE.length;
  if (end > 0 && path[end - 1] !== '/') return undefined;
  const modules = lastModules(path, end);
  if (modules === undefined) return 'project';
  const start = modules + MODULES.length;
  const slash = path.indexOf('/', start);
  // A scope is a folder of packages.
  const root = path[start] === '@' ? path.indexOf('/', slash + 1) : slash;
  if (root === end - 1) return 'installed';
  return root >= 0 && root < end ? 'nested' : undefined;
}

/** The name that the folder of an installed package has, of the innermost that a path lies in: `@scope/name`, or an alias of it. */
export function installedAs(path: string): string | undefined {
  const modules = lastModules(path, path.length);
  if (modules === undefined) return undefined;
  const [first = '', second = ''] = path.slice(modules + MODULES.length).split('/', 2);
  return first.startsWith('@') ? `${first}/${second}` : first;
}

function lastModules(path: string, end: number): number | undefined {
  for (let at = path.lastIndexOf(MODULES, end); at >= 0; at = path.lastIndexOf(MODULES, at - 1)) {
    if (at === 0 || path[at - 1] === '/') return at;
  }
  return undefined;
}
