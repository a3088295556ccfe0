import { LadingError } from '@lading/errors';
import type { Spool } from '../internal/spool.ts';
import type { Recipe } from './recipe.ts';
import type { RootTree } from './root-tree.ts';

/** A line of /etc/passwd. */
export interface Account {
  readonly name: string;
  readonly uid: number;
  readonly gid: number;
  readonly comment: string;
  readonly home: string;
  readonly shell: string;
}

/** A line of /etc/group. */
export interface Group {
  readonly name: string;
  readonly gid: number;
  readonly members: readonly string[];
}

/** The accounts that an image starts with, before the recipe's. */
export interface BaseAccounts {
  readonly users: readonly Account[];
  readonly groups: readonly Group[];
  /** Lines of /etc/shadow, for some or all of the users. */
  readonly shadow: readonly string[];
  /** Whether there is to be an /etc/gshadow. */
  readonly gshadow: boolean;
}

const SHADOW_GID = 42;

/**
 * Writes /etc/passwd, group, shadow and gshadow: what the image starts with, then the recipe's accounts. Every password is locked.
 * Homes of the recipe's users are made. Throws RECIPE_INVALID when an account contradicts another, or the recipe runs as somebody
 * who does not exist.
 */
export async function writeAccounts(tree: RootTree, recipe: Recipe, base: BaseAccounts, spool: Spool): Promise<void> {
  const users = [...base.users];
  const groups = [...base.groups];
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
  const known = new Map(
    base.shadow.map((line) => [line.slice(0, line.indexOf(':')), line.replace(/^([^:]*)::/, '$1:*:')]),
  );
  const secret = { mode: 0o640, gid: groups.some((group) => group.gid === SHADOW_GID) ? SHADOW_GID : 0 };
  const files: readonly (readonly [
    path: string,
    lines: readonly string[],
    options: { mode?: number; gid?: number },
  ])[] = [
    ['passwd', users.map((one) => [one.name, 'x', one.uid, one.gid, one.comment, one.home, one.shell].join(':')), {}],
    ['group', groups.map((one) => [one.name, 'x', one.gid, one.members.join(',')].join(':')), {}],
    ['shadow', users.map((one) => known.get(one.name) ?? `${one.name}:*:${day}:0:99999:7:::`), secret],
    ['gshadow', base.gshadow ? groups.map((one) => `${one.name}:*::${one.members.join(',')}`) : [], secret],
  ];
  for (const [name, fileLines, options] of files) {
    if (fileLines.length === 0) continue;
    const text = fileLines.map((line) => `${line}\n`).join('');
    // A package's file that has all that is wanted stays the package's.
    const present = await tree.read(`etc/${name}`, spool);
    if (present?.toString('utf8') !== text) tree.addFile(`etc/${name}`, text, options);
  }
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

/** The lines of a passwd file that are of its form. */
export function parsePasswd(text: string): Account[] {
  return fieldsOf(text, 7).map(([name = '', , uid, gid, comment = '', home = '', shell = '']) => {
    return { name, uid: Number(uid), gid: Number(gid), comment, home, shell };
  });
}

/** The lines of a group file that are of its form. */
export function parseGroup(text: string): Group[] {
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
