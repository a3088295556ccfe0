import { readFile } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import { parseAlpineDependency, parseRequest } from '@lading/distro';
import { isLadingError, LadingError } from '@lading/errors';
import { architectureOf, architecturesOf, hostArchitecture } from './architecture.ts';
import { parseYaml, required, type YamlValue } from './internal/yaml-value.ts';
import { readAccounts } from './read-accounts.ts';
import { readPath } from './read-paths.ts';
import type { Recipe, RecipeMirror } from './recipe.ts';

/** The keys on top of a recipe. */
export const recipeKeys = [
  'distro',
  'suite',
  'components',
  'mirror',
  'repositories',
  'runtime-repositories',
  'keyring',
  'packages',
  'architectures',
  'variant',
  'essential',
  'shell',
  'accounts',
  'paths',
  'layering',
  'environment',
  'entrypoint',
  'cmd',
  'work-dir',
  'user',
  'stop-signal',
  'volumes',
  'labels',
  'annotations',
] as const;

/** Engines refuse images of much more than a hundred layers. */
const MAX_LAYERS = 100;
const DEFAULT_BUDGET = 10;

/** The recipe in a file. Throws FILE_NOT_FOUND, RECIPE_INVALID (with line and column). */
export async function readRecipe(path: string): Promise<Recipe> {
  let text: string;
  try {
    text = await readFile(path, 'utf8');
  } catch (cause) {
    throw new LadingError('FILE_NOT_FOUND', `Cannot read recipe ${path}: it does not exist or is not readable`, {
      hint: 'Name the recipe with -f.',
      cause,
    });
  }
  return parseRecipe(text, { name: path, folder: dirname(resolve(path)) });
}

/**
 * The recipe in a text. `name` is for messages; `folder` is what its local paths are relative to.
 * Unknown keys, wrong kinds and contradictions throw RECIPE_INVALID, which says where.
 */
export async function parseRecipe(text: string, options: { name?: string; folder?: string } = {}): Promise<Recipe> {
  const name = options.name ?? 'image.yaml';
  const folder = resolve(options.folder ?? '.');
  const root = await parseYaml(text, name, folder);
  const members = root.members(recipeKeys);
  const distro = required(root, members, 'distro').oneOf(['debian', 'alpine']);
  for (const key of distro === 'alpine' ? ['essential'] : ['repositories', 'runtime-repositories']) {
    members.get(key)?.refuse(`a recipe of ${distro} has no ${key}`);
  }
  const variant = members.get('variant')?.oneOf(['full', 'distroless']) ?? 'full';
  const suite = required(root, members, 'suite').matching(/^[a-z0-9][a-z0-9.+-]*$/, 'the name of a suite');
  const { runAs, ...accounts } = readAccounts(members.get('accounts'));
  if (runAs !== undefined) members.get('user')?.refuse('accounts.run-as says it already');
  return {
    distro,
    suite,
    components:
      members
        .get('components')
        ?.items()
        .map((item) => item.matching(/^[a-z0-9.-]+$/, 'a component')) ??
      (distro === 'alpine' ? ['main', 'community'] : ['main']),
    mirrors: mirrors(members.get('mirror'), suite),
    repositories: members.get('repositories')?.items().map(uri) ?? [],
    runtimeRepositories: members.get('runtime-repositories')?.items().map(uri) ?? [],
    keyring: members.get('keyring')?.localPath(),
    packages: required(root, members, 'packages')
      .items()
      .map((item) => request(item, distro)),
    architectures: members
      .get('architectures')
      ?.items()
      .map((item) => architecture(item, distro)) ?? [hostArchitecture(distro)],
    variant,
    essential: members.get('essential')?.boolean() ?? (variant === 'full' && distro === 'debian'),
    shell: members.get('shell')?.boolean() ?? false,
    accounts,
    paths: members.get('paths')?.items().map(readPath) ?? [],
    layering: layering(members.get('layering')),
    environment: record(members.get('environment')),
    entrypoint: command(members.get('entrypoint')),
    cmd: command(members.get('cmd')),
    workDir: members.get('work-dir')?.imagePath(),
    user: runAs ?? members.get('user')?.nonEmptyText(),
    stopSignal: members.get('stop-signal')?.matching(/^(?:SIG[A-Z0-9+-]+|[0-9]+)$/, 'a signal such as SIGTERM'),
    volumes:
      members
        .get('volumes')
        ?.items()
        .map((item) => item.imagePath()) ?? [],
    labels: record(members.get('labels')),
    annotations: record(members.get('annotations')),
    name,
    folder,
  };
}

function request(value: YamlValue, distro: Recipe['distro']): string {
  const text = value.nonEmptyText();
  try {
    if (distro === 'alpine') parseAlpineDependency(text);
    else parseRequest(text);
  } catch (error) {
    if (!isLadingError(error)) throw error;
    const forms =
      distro === 'alpine' ? 'name, name=version, name~version or !name' : 'name, name=version or name (>= version)';
    throw value.fail(`"${text.slice(0, 100)}" is not a package`, `Write ${forms}.`);
  }
  return text;
}

function architecture(value: YamlValue, distro: Recipe['distro']): string {
  const text = value.nonEmptyText();
  const found = architectureOf(distro, text);
  if (found !== undefined) return found;
  const name = distro === 'alpine' ? 'Alpine' : 'Debian';
  throw value.fail(
    `"${text}" is not an architecture of ${name}`,
    `${name} says ${architecturesOf(distro).join(', ')}.`,
  );
}

function layering(value: YamlValue | undefined): Recipe['layering'] {
  if (value === undefined) return undefined;
  const members = value.members(['strategy', 'budget']);
  const budget = members.get('budget')?.integer(MAX_LAYERS) ?? DEFAULT_BUDGET;
  if (budget === 0) throw value.fail(`budget must be a whole number from 1 to ${MAX_LAYERS}`);
  return { strategy: required(value, members, 'strategy').oneOf(['origin']), budget };
}

function uri(value: YamlValue): string {
  return value
    .matching(/^(?:https?|file):\/\/\S+$/, 'a URI that starts with http://, https:// or file://')
    .replace(/\/+$/, '');
}

// One URI, or a list of URIs or of mappings with the suites that lie there.
function mirrors(value: YamlValue | undefined, suite: string): RecipeMirror[] {
  if (value === undefined) return [];
  const items = value.isList() ? value.items() : [value];
  return items.map((item) => {
    if (!item.isMapping()) return { uri: uri(item), suites: [suite] };
    const members = item.members(['uri', 'suites']);
    const suites = members
      .get('suites')
      ?.items()
      .map((one) => one.matching(/^[a-z0-9][a-z0-9.+/-]*$/, 'the name of a suite'));
    return { uri: uri(required(item, members, 'uri')), suites: suites ?? [suite] };
  });
}

function record(value: YamlValue | undefined): Readonly<Record<string, string>> {
  if (value === undefined) return {};
  const entries = [...value.members()].map(([key, item]) => {
    if (key === '' || key.includes('\0')) throw item.fail('the key is empty or has a NUL');
    return [key, item.text()] as const;
  });
  return Object.fromEntries(entries);
}

function command(value: YamlValue | undefined): readonly string[] | undefined {
  if (value === undefined) return undefined;
  if (!value.isList()) throw value.fail('it must be a list of words', 'Write ["/usr/bin/app", "--flag"].');
  return value.items().map((item) => item.text());
}
