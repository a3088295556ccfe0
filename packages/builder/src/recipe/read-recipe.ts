import { readFile } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import { parseRequest } from '@lading/distro';
import { isLadingError, LadingError } from '@lading/errors';
import { hostArchitecture, isDebianArchitecture } from './architecture.ts';
import { parseYaml, type YamlValue } from './internal/yaml-value.ts';
import type { Recipe, RecipeGroup, RecipeMirror, RecipePath, RecipeUser } from './recipe.ts';

const keys = [
  'distro',
  'suite',
  'components',
  'mirror',
  'keyring',
  'packages',
  'architectures',
  'variant',
  'essential',
  'shell',
  'accounts',
  'paths',
  'environment',
  'entrypoint',
  'cmd',
  'work-dir',
  'user',
  'stop-signal',
  'labels',
  'annotations',
] as const;

const MAX_ID = 0xffff_fffe;
const namePattern = /^[a-z_][a-z0-9_.-]{0,31}$/;

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
  const members = root.members(keys);
  const variant = members.get('variant')?.oneOf(['full', 'distroless']) ?? 'full';
  const suite = required(root, members, 'suite').matching(/^[a-z0-9][a-z0-9.+-]*$/, 'the name of a suite');
  const packages = required(root, members, 'packages').items().map(request);
  return {
    distro: required(root, members, 'distro').oneOf(['debian']),
    suite,
    components: members
      .get('components')
      ?.items()
      .map((item) => item.matching(/^[a-z0-9.-]+$/, 'a component')) ?? ['main'],
    mirrors: mirrors(members.get('mirror'), suite),
    keyring: members.get('keyring')?.localPath(),
    packages,
    architectures: members.get('architectures')?.items().map(architecture) ?? [hostArchitecture()],
    variant,
    essential: members.get('essential')?.boolean() ?? variant === 'full',
    shell: members.get('shell')?.boolean() ?? false,
    accounts: accounts(members.get('accounts')),
    paths: members.get('paths')?.items().map(path) ?? [],
    environment: record(members.get('environment')),
    entrypoint: command(members.get('entrypoint')),
    cmd: command(members.get('cmd')),
    workDir: members.get('work-dir')?.imagePath(),
    user: members.get('user')?.nonEmptyText(),
    stopSignal: members.get('stop-signal')?.matching(/^(?:SIG[A-Z0-9+-]+|[0-9]+)$/, 'a signal such as SIGTERM'),
    labels: record(members.get('labels')),
    annotations: record(members.get('annotations')),
    name,
    folder,
  };
}

function required(owner: YamlValue, members: ReadonlyMap<string, YamlValue>, key: string): YamlValue {
  const value = members.get(key);
  if (value === undefined) throw owner.fail(`the key "${key}" is absent`);
  return value;
}

function request(value: YamlValue): string {
  const text = value.nonEmptyText();
  try {
    parseRequest(text);
  } catch (error) {
    if (!isLadingError(error)) throw error;
    throw value.fail(`"${text.slice(0, 100)}" is not a package`, 'Write name, name=version or name (>= version).');
  }
  return text;
}

function architecture(value: YamlValue): string {
  const text = value.nonEmptyText();
  if (!isDebianArchitecture(text)) {
    throw value.fail(`"${text}" is not an architecture of Debian`, 'Debian says amd64, arm64, armhf, i386, ppc64el, …');
  }
  return text;
}

// One URI, or a list of URIs or of mappings with the suites that lie there.
function mirrors(value: YamlValue | undefined, suite: string): RecipeMirror[] {
  if (value === undefined) return [];
  const uri = (item: YamlValue): string =>
    item
      .matching(/^(?:https?|file):\/\/\S+$/, 'a URI that starts with http://, https:// or file://')
      .replace(/\/+$/, '');
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

function accounts(value: YamlValue | undefined): Recipe['accounts'] {
  const members = value?.members(['users', 'groups']);
  return {
    users: members?.get('users')?.items().map(user) ?? [],
    groups: members?.get('groups')?.items().map(group) ?? [],
  };
}

function user(value: YamlValue): RecipeUser {
  const members = value.members(['name', 'uid', 'gid', 'home', 'shell']);
  const name = required(value, members, 'name').matching(namePattern, 'a user name');
  const uid = required(value, members, 'uid').integer(MAX_ID);
  return {
    name,
    uid,
    gid: members.get('gid')?.integer(MAX_ID) ?? uid,
    home: plain(members.get('home'))?.imagePath() ?? `/home/${name}`,
    shell: plain(members.get('shell'))?.imagePath() ?? '/usr/sbin/nologin',
  };
}

// What stands in a line of /etc/passwd must not end the field or the line.
function plain(value: YamlValue | undefined): YamlValue | undefined {
  value?.matching(/^[^:\n]*$/, 'a path without a colon');
  return value;
}

function group(value: YamlValue): RecipeGroup {
  const members = value.members(['name', 'gid', 'members']);
  return {
    name: required(value, members, 'name').matching(namePattern, 'a group name'),
    gid: required(value, members, 'gid').integer(MAX_ID),
    members:
      members
        .get('members')
        ?.items()
        .map((item) => item.matching(namePattern, 'a user name')) ?? [],
  };
}

function path(value: YamlValue): RecipePath {
  const members = value.members(['type', 'path', 'mode', 'uid', 'gid', 'content', 'source', 'target']);
  const type = required(value, members, 'type').oneOf(['directory', 'file', 'symlink']);
  const content = members.get('content');
  const source = members.get('source');
  const target = members.get('target');
  if (type === 'file' && (content === undefined) === (source === undefined)) {
    throw value.fail('a file needs either content or source');
  }
  if (type !== 'file' && (content ?? source) !== undefined) {
    throw (content ?? source ?? value).fail(`a ${type} has no content`);
  }
  if ((type === 'symlink') !== (target !== undefined)) {
    throw (target ?? value).fail(type === 'symlink' ? 'a symlink needs a target' : `a ${type} has no target`);
  }
  return {
    type,
    path: required(value, members, 'path').imagePath(),
    mode: members.get('mode')?.mode() ?? (type === 'directory' ? 0o755 : type === 'file' ? 0o644 : 0o777),
    uid: members.get('uid')?.integer(MAX_ID) ?? 0,
    gid: members.get('gid')?.integer(MAX_ID) ?? 0,
    content: content?.text(),
    source: source?.localPath(),
    target: target?.nonEmptyText(),
  };
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
