import { required, type YamlValue } from './internal/yaml-value.ts';
import { MAX_ID } from './read-accounts.ts';
import type { RecipePath } from './recipe.ts';

const types = ['directory', 'file', 'empty-file', 'symlink', 'hardlink', 'permissions'] as const;
const keys = ['type', 'path', 'mode', 'uid', 'gid', 'recursive', 'content', 'source', 'target'] as const;

/** What a path of a type takes besides where it is and whose. */
const takes: Readonly<Record<RecipePath['type'], readonly string[]>> = {
  directory: ['mode', 'recursive'],
  file: ['mode', 'content', 'source'],
  'empty-file': ['mode'],
  symlink: ['target'],
  hardlink: ['target'],
  permissions: ['mode', 'recursive'],
};

/** One item of a recipe's `paths`. Throws RECIPE_INVALID. */
export function readPath(value: YamlValue): RecipePath {
  const members = value.members(keys);
  const type = required(value, members, 'type').oneOf(types);
  for (const key of ['mode', 'recursive', 'content', 'source', 'target']) {
    if (!takes[type].includes(key)) members.get(key)?.refuse(`a path of type ${type} has no ${key}`);
  }
  const content = members.get('content');
  const source = members.get('source');
  if (type === 'file' && (content === undefined) === (source === undefined)) {
    throw value.fail('a file needs either content or source');
  }
  const target = members.get('target');
  if ((type === 'symlink' || type === 'hardlink') && target === undefined) {
    throw value.fail(`a path of type ${type} needs a target`);
  }
  const uid = members.get('uid')?.integer(MAX_ID);
  const gid = members.get('gid')?.integer(MAX_ID);
  const mode = members.get('mode')?.mode();
  if (type === 'permissions' && (mode ?? uid ?? gid) === undefined) {
    throw value.fail('permissions need a mode, a uid or a gid');
  }
  return {
    type,
    path: required(value, members, 'path').imagePath(),
    mode,
    uid,
    gid,
    recursive: members.get('recursive')?.boolean() ?? false,
    content: content?.text(),
    source: source?.localPath(),
    target: type === 'hardlink' ? target?.imagePath() : target?.nonEmptyText(),
  };
}
