import { LadingError } from '@lading/errors';
import type { Spool } from '../internal/spool.ts';
import type { Recipe } from './recipe.ts';
import type { RootTree } from './root-tree.ts';

interface Account {
  readonly name: string;
  readonly uid: number;
  readonly gid: number;
  readonly comment: string;
  readonly home: string;
  readonly shell: string;
}

interface Group {
  readonly name: string;
  readonly gid: number;
  readonly members: readonly string[];
}

const SHADOW_GID = 42;

/**
 * Writes /etc/passwd, group, shadow and gshadow: base-passwd's masters where that package is there, else root and nobody; then
 * the recipe's accounts. Every password is locked. Homes of the recipe's users are made. Throws RECIPE_INVALID when an account
 * contradicts another, or the recipe runs as somebody who does not exist.
 */
export async function writeAccounts(tree: RootTree, recipe: Recipe, spool: Spool): Promise<void> {
  const users = parsePasswd(
    (await tree.read('usr/share/base-passwd/passwd.master', spool))?.toString('utf8') ?? minimalPasswd,
  );
  const groups = parseGroup(
    (await tree.read('usr/share/base-passwd/group.master', spool))?.toString('utf8') ?? minimalGroup,
  );
  const invalid = (fault: string): LadingError =>
    new LadingError('RECIPE_INVALID', `Cannot use ${recipe.name}: accounts: ${fault}`);
  for (const group of recipe.accounts.groups) {
    const same = groups.find((other) => other.name === group.name || other.gid === group.gid);
    if (same !== undefined)
      throw invalid(`group ${group.name} (${group.gid}) is in the way of ${same.name} (${same.gid})`);
    groups.push(group);
  }
  for (const { name, uid, gid, home, shell } of recipe.accounts.users) {
    const same = users.find((other) => other.name === name || other.uid === uid);
    if (same !== undefined) throw invalid(`user ${name} (${uid}) is in the way of ${same.name} (${same.uid})`);
    users.push({ name, uid, gid, comment: '', home, shell });
    if (!groups.some((group) => group.gid === gid)) {
      if (groups.some((group) => group.name === name))
        throw invalid(`group ${name} exists, but not with number ${gid}`);
      groups.push({ name, gid, members: [] });
    }
    tree.addDirectory(home.slice(1), 0o755, uid, gid);
  }
  for (const { name, members } of recipe.accounts.groups) {
    const unknown = members.find((member) => !users.some((user) => user.name === member));
    if (unknown !== undefined) throw invalid(`group ${name} has the member ${unknown}, who does not exist`);
  }
  checkRunsAs(recipe, users, groups);
  const day = Math.floor(tree.epoch / 86_400);
  const lines = (list: readonly string[]): string => list.map((line) => `${line}\n`).join('');
  tree.addFile(
    'etc/passwd',
    lines(users.map((one) => [one.name, 'x', one.uid, one.gid, one.comment, one.home, one.shell].join(':'))),
  );
  tree.addFile('etc/group', lines(groups.map((one) => [one.name, 'x', one.gid, one.members.join(',')].join(':'))));
  const secret = { mode: 0o640, gid: groups.some((group) => group.gid === SHADOW_GID) ? SHADOW_GID : 0 };
  tree.addFile('etc/shadow', lines(users.map((one) => `${one.name}:*:${day}:0:99999:7:::`)), secret);
  tree.addFile('etc/gshadow', lines(groups.map((one) => `${one.name}:*::${one.members.join(',')}`)), secret);
}

function checkRunsAs(recipe: Recipe, users: readonly Account[], groups: readonly Group[]): void {
  if (recipe.user === undefined) return;
  const [user = '', group] = recipe.user.split(':', 2);
  const missing = (text: string, known: boolean): boolean => !/^[0-9]+$/.test(text) && !known;
  if (
    missing(
      user,
      users.some((one) => one.name === user),
    ) ||
    (group !== undefined &&
      missing(
        group,
        groups.some((one) => one.name === group),
      ))
  ) {
    throw new LadingError(
      'RECIPE_INVALID',
      `Cannot use ${recipe.name}: user: "${recipe.user}" is not an account of the image`,
      {
        hint: 'Add it under "accounts", or write a number.',
      },
    );
  }
}

function parsePasswd(text: string): Account[] {
  return fieldsOf(text, 7).map(([name = '', , uid, gid, comment = '', home = '', shell = '']) => {
    return { name, uid: Number(uid), gid: Number(gid), comment, home, shell };
  });
}

function parseGroup(text: string): Group[] {
  return fieldsOf(text, 4).map(([name = '', , gid, members = '']) => {
    return { name, gid: Number(gid), members: members.split(',').filter((one) => one !== '') };
  });
}

function fieldsOf(text: string, count: number): string[][] {
  return text
    .split('\n')
    .map((line) => line.split(':'))
    .filter((fields) => fields.length === count);
}

const minimalPasswd = `root:*:0:0:root:/root:/usr/sbin/nologin
nobody:*:65534:65534:nobody:/nonexistent:/usr/sbin/nologin
`;

const minimalGroup = `root:*:0:
nogroup:*:65534:
`;
