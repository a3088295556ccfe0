// The check of the house: packages import only floors below their own, declare what they use and use what they declare, and keep their
// shape. Run alone it prints every violation and exits 1; `checkHouse()` gives them as data.
import { existsSync } from 'node:fs';
import { glob, readFile } from 'node:fs/promises';
import { builtinModules } from 'node:module';
import { basename, join, posix, relative } from 'node:path';
import { type Import, importsOf, type Token, tokensOf } from './imports-of.ts';

export type Rule =
  | 'empty' // nothing was found to check: never a pass
  | 'shape' // a package lacks README.md, src/index.ts, a name, exports or a floor
  | 'name' // a file or folder whose name says nothing
  | 'floor' // an import of the same or a higher floor
  | 'undeclared' // an import that package.json does not declare
  | 'unused' // a dependency that nothing imports
  | 'test-only' // src imports what is for tests
  | 'leaves' // a relative import that leaves the package
  | 'deep' // an import of another package past its exports
  | 'computed' // an import whose target cannot be checked
  | 'cycle' // modules of one package that import each other in a circle
  | 'index'; // src/index.ts does more than re-export names

export interface Violation {
  readonly rule: Rule;
  /** Relative to the root. */
  readonly file: string;
  readonly line: number;
  readonly message: string;
}

interface Package {
  readonly name: string;
  readonly folder: string;
  readonly floor: number | 'dev' | undefined;
  readonly exports: ReadonlySet<string>;
  readonly dependencies: ReadonlySet<string>;
  readonly devDependencies: ReadonlySet<string>;
  readonly modules: readonly Module[];
}

interface Module {
  readonly file: string;
  /** Tests, exported suites (src/testing/) and benchmarks: they may use devDependencies. */
  readonly isTest: boolean;
  readonly tokens: readonly Token[];
  readonly imports: readonly Import[];
}

/** Lies under everything, so that also the rest of floor 0 can throw. */
const ground = '@lading/errors';
const forbiddenNames = new Set(['util', 'utils', 'common', 'helper', 'helpers', 'types']);
const builtins = new Set(builtinModules);

/** Every violation in the workspace at `root`, in the order of its files. */
export async function checkHouse(root: string): Promise<Violation[]> {
  const packages = await readPackages(root);
  if (packages.length === 0 || packages.every(({ modules }) => modules.length === 0)) {
    return [{ rule: 'empty', file: 'packages', line: 1, message: 'there are no packages with modules to check' }];
  }
  const shared = new Set(Object.keys((await readJson(join(root, 'package.json'))).devDependencies ?? {}));
  const byName = new Map(packages.map((entry) => [entry.name, entry]));
  return packages
    .flatMap((entry) => [
      ...checkShape(root, entry),
      ...entry.modules.flatMap((module) => [
        ...checkName(module),
        ...checkIndex(entry, module),
        ...module.imports.flatMap((item) => checkImport(entry, module, item, byName, shared)),
      ]),
      ...checkUnused(entry),
      ...checkCycles(entry),
    ])
    .sort((a, b) => (a.file === b.file ? a.line - b.line : a.file < b.file ? -1 : 1));
}

interface PackageJson {
  readonly name?: string;
  readonly exports?: Readonly<Record<string, unknown>>;
  readonly lading?: { readonly floor?: unknown };
  readonly dependencies?: Readonly<Record<string, string>>;
  readonly devDependencies?: Readonly<Record<string, string>>;
}

async function readJson(path: string): Promise<PackageJson> {
  return JSON.parse(await readFile(path, 'utf8')) as PackageJson; // our own files; each member is checked where it is used
}

async function readPackages(root: string): Promise<Package[]> {
  const files = (await Array.fromAsync(glob('packages/*/package.json', { cwd: root }))).sort();
  return Promise.all(
    files.map(async (file) => {
      const folder = posix.dirname(file);
      const json = await readJson(join(root, file));
      const floor = json.lading?.floor;
      const sources = (
        await Array.fromAsync(glob([`${folder}/src/**/*.ts`, `${folder}/bench/**/*.ts`], { cwd: root }))
      ).sort();
      return {
        name: json.name ?? '',
        folder,
        floor: floor === 'dev' || (typeof floor === 'number' && Number.isInteger(floor)) ? floor : undefined,
        exports: new Set(Object.keys(json.exports ?? {})),
        dependencies: new Set(Object.keys(json.dependencies ?? {})),
        devDependencies: new Set(Object.keys(json.devDependencies ?? {})),
        modules: await Promise.all(sources.map((source) => readModule(root, source, floor === 'dev'))),
      };
    }),
  );
}

async function readModule(root: string, file: string, isDevPackage: boolean): Promise<Module> {
  const tokens = tokensOf(await readFile(join(root, file), 'utf8'));
  const inside = file.split('/').slice(2).join('/');
  const isTest = isDevPackage || /\.test\.ts$|^src\/(?:.*\/)?testing\/|^bench\//.test(inside);
  return { file, isTest, tokens, imports: importsOf(tokens) };
}

function checkShape(root: string, { name, folder, floor, exports }: Package): Violation[] {
  const missing = ['README.md', 'src/index.ts'].filter((file) => !existsSync(join(root, folder, file)));
  const faults = missing.map((file) => `${file} is missing`);
  if (name === '') faults.push('package.json has no name');
  if (floor === undefined) faults.push('package.json says no lading.floor, a whole number or "dev"');
  if (!exports.has('.')) faults.push('package.json has no exports["."]');
  return faults.map((message) => ({ rule: 'shape', file: `${folder}/package.json`, line: 1, message }));
}

function checkName({ file }: Module): Violation[] {
  const parts = file
    .split('/')
    .slice(2)
    .map((part) => part.replace(/(?:\.test)?\.ts$/, ''));
  const bad = parts.find((part) => forbiddenNames.has(part.toLowerCase()));
  if (bad === undefined) return [];
  return [{ rule: 'name', file, line: 1, message: `"${bad}" says nothing about what is inside` }];
}

/** Only `export { … } from '…';` and its type form: the list of what the package offers can be read at a glance. */
function checkIndex({ folder }: Package, { file, tokens }: Module): Violation[] {
  if (file !== `${folder}/src/index.ts`) return [];
  let at = 0;
  const take = (text: string): boolean => tokens[at]?.kind !== 'string' && tokens[at]?.text === text && ++at > 0;
  while (at < tokens.length) {
    const line = tokens[at]?.line ?? 1;
    const fail = (message: string): Violation[] => [{ rule: 'index', file, line, message }];
    if (!take('export')) return fail('it does more than re-export');
    take('type');
    if (take('*')) return fail('it re-exports everything: name what the package offers');
    if (!take('{')) return fail('it defines something: give it a file of its own');
    const names = at;
    while (at < tokens.length && tokens[at]?.text !== '}') at++;
    const isEmpty = at === names;
    take('}');
    if (take('from')) at++;
    else if (!isEmpty) return fail('it exports something of its own: give it a file of its own');
    take(';');
  }
  return [];
}

function checkImport(
  entry: Package,
  { file, isTest }: Module,
  { specifier, line }: Import,
  byName: ReadonlyMap<string, Package>,
  shared: ReadonlySet<string>,
): Violation[] {
  const violation = (rule: Rule, message: string): Violation[] => [{ rule, file, line, message }];
  if (specifier === undefined) return violation('computed', 'the name of the imported module is not a plain string');
  if (/^(?:\.{1,2}(?:\/|$)|\/|file:)/.test(specifier)) {
    const target = resolveRelative(file, specifier);
    if (target === undefined || !target.startsWith(`${entry.folder}/`)) {
      return violation('leaves', `"${specifier}" leaves the package: import the other package by name`);
    }
    const reachesTests = !isTest && /\.test\.ts$|\/src\/(?:.*\/)?testing\/|\/bench\//.test(target);
    return reachesTests ? violation('test-only', `"${specifier}" is for tests`) : [];
  }
  if (specifier === 'node:test' || specifier.startsWith('node:test/')) {
    return isTest ? [] : violation('test-only', `"${specifier}" is for tests`);
  }
  if (specifier.startsWith('node:') || builtins.has(specifier)) return [];

  const name = packageOf(specifier);
  const other = byName.get(name);
  const found: Violation[] = [];
  if (other !== undefined && !other.exports.has(specifier === name ? '.' : `.${specifier.slice(name.length)}`)) {
    found.push(...violation('deep', `"${specifier}" is not among the exports of ${name}`));
  }
  if (name === entry.name) {
    return isTest ? found : [...found, ...violation('floor', `${name} imports itself by name: use a relative path`)];
  }
  if (other?.floor === 'dev') {
    if (!isTest) return [...found, ...violation('test-only', `${name} is for tests`)];
  } else if (
    other?.floor !== undefined &&
    typeof entry.floor === 'number' &&
    other.floor >= entry.floor &&
    name !== ground
  ) {
    found.push(...violation('floor', `${name} is on floor ${other.floor}, ${entry.name} on floor ${entry.floor}`));
  }
  const declared = entry.dependencies.has(name) || (isTest && (entry.devDependencies.has(name) || shared.has(name)));
  if (declared) return found;
  const where = entry.devDependencies.has(name) || shared.has(name) ? 'only a devDependency' : 'not a dependency';
  return [...found, ...violation('undeclared', `${name} is ${where} of ${entry.name}`)];
}

function checkUnused({ folder, dependencies, devDependencies, modules }: Package): Violation[] {
  const usedBy = (chosen: readonly Module[]): ReadonlySet<string> =>
    new Set(chosen.flatMap(({ imports }) => imports.map(({ specifier }) => packageOf(specifier ?? ''))));
  const all = usedBy(modules);
  const isDev = modules.every(({ isTest }) => isTest);
  const source = isDev ? all : usedBy(modules.filter(({ isTest }) => !isTest));
  const fault = (message: string): Violation => ({ rule: 'unused', file: `${folder}/package.json`, line: 1, message });
  return [
    ...[...dependencies]
      .filter((name) => !source.has(name))
      .map((name) =>
        fault(
          `${name} is declared but ${all.has(name) ? 'only tests import it: make it a devDependency' : 'nothing imports it'}`,
        ),
      ),
    ...[...devDependencies]
      .filter((name) => !all.has(name) && !name.startsWith('@types/'))
      .map((name) => fault(`${name} is a devDependency but no test imports it`)),
  ];
}

/** One violation for each circle, at the first of its modules. Type-only imports count: they tie files together as well. */
function checkCycles({ modules }: Package): Violation[] {
  const edges = new Map(
    modules.map(({ file, imports }) => [
      file,
      imports.flatMap(({ specifier, line }) => {
        const target = specifier === undefined ? undefined : resolveRelative(file, specifier);
        return target === undefined ? [] : [{ target, line }];
      }),
    ]),
  );
  const found: Violation[] = [];
  const done = new Set<string>();
  const path: string[] = [];
  const visit = (file: string): void => {
    path.push(file);
    for (const { target, line } of edges.get(file) ?? []) {
      const start = path.indexOf(target);
      if (start >= 0) {
        const circle = [...path.slice(start), target].map((step) => basename(step)).join(' → ');
        found.push({ rule: 'cycle', file, line, message: circle });
      } else if (edges.has(target) && !done.has(target)) visit(target);
    }
    path.pop();
    done.add(file);
  };
  for (const file of edges.keys()) if (!done.has(file)) visit(file);
  return found;
}

/** The file that a relative specifier names, relative to the root; `undefined` for anything else. */
function resolveRelative(file: string, specifier: string): string | undefined {
  return /^\.{1,2}(?:\/|$)/.test(specifier) ? posix.join(posix.dirname(file), specifier) : undefined;
}

/** `@scope/name/sub` → `@scope/name`, `name/sub` → `name`. */
function packageOf(specifier: string): string {
  return specifier.split('/', specifier.startsWith('@') ? 2 : 1).join('/');
}

if (import.meta.main) {
  const root = process.argv[2] ?? join(import.meta.dirname, '..');
  const violations = await checkHouse(root);
  for (const { file, line, rule, message } of violations) {
    console.log(`${relative('', join(root, file))}:${line} [${rule}] ${message}`);
  }
  if (violations.length > 0) console.error(`house: ${violations.length} violations`);
  process.exitCode = violations.length > 0 ? 1 : 0;
}
