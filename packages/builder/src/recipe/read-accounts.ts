import { required, type YamlValue } from './internal/yaml-value.ts';
import type { Recipe, RecipeGroup, RecipeUser } from './recipe.ts';

const namePattern = /^[a-z_][a-z0-9_.-]{0,31}$/;
export const MAX_ID = 0xffff_fffe;

/** The users and groups that a recipe adds, and who its image runs as. Throws RECIPE_INVALID. */
export function readAccounts(
  value: YamlValue | undefined,
): Recipe['accounts'] & { readonly runAs: string | undefined } {
  const members = value?.members(['users', 'groups', 'run-as']);
  return {
    users: members?.get('users')?.items().map(user) ?? [],
    groups: members?.get('groups')?.items().map(group) ?? [],
    runAs: members?.get('run-as')?.nonEmptyText(),
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
