import { LadingError } from '@lading/errors';

/** A user in numbers. */
export interface ResolvedUser {
  readonly uid: number;
  readonly gid: number;
  readonly additionalGids: readonly number[];
  /** The home folder from passwd; `/` when the uid has no entry. */
  readonly home: string;
}

/**
 * Resolves the `USER` of an image, `name[:group]` or `uid[:gid]`, against the text of its /etc/passwd and /etc/group
 * (empty where the image has none). As Docker does:
 * - the empty text is root;
 * - a number needs no entry; its gid is then 0, its home `/`;
 * - additional groups are the primary one, without which a process could pass a wall for its group by dropping it (CVE-2022-36109), and,
 *   only when no group is given, those that list the user as a member;
 * - names win over numbers: an account called `1000` is found by its name.
 *
 * Throws RUNTIME_FAILED for a name that does not exist, or an id outside 0–2147483647.
 */
export function resolveUser(text: string, passwd: string, group: string): ResolvedUser {
  const colon = text.indexOf(':');
  const userText = colon < 0 ? text : text.slice(0, colon);
  const groupText = colon < 0 ? '' : text.slice(colon + 1);
  const account = findAccount(userText === '' ? '0' : userText, passwd, text);
  if (groupText !== '') {
    const gid = findGroup(groupText, group, text);
    return { uid: account.uid, gid, additionalGids: [gid], home: account.home };
  }
  const additional = new Set([account.gid]);
  if (account.name !== undefined) {
    for (const entry of groupsOf(group)) {
      if (entry.members.includes(account.name)) additional.add(entry.gid);
    }
  }
  return {
    uid: account.uid,
    gid: account.gid,
    additionalGids: [...additional].sort((a, b) => a - b),
    home: account.home,
  };
}

interface Account {
  readonly name: string | undefined;
  readonly uid: number;
  readonly gid: number;
  readonly home: string;
}

function findAccount(wanted: string, passwd: string, text: string): Account {
  const accounts = accountsOf(passwd);
  const byName = accounts.find((account) => account.name === wanted);
  if (byName !== undefined) return byName;
  const uid = parseId(wanted);
  if (uid === undefined) throw unknown('user', wanted, text, '/etc/passwd');
  return accounts.find((account) => account.uid === uid) ?? { name: undefined, uid, gid: 0, home: '/' };
}

function findGroup(wanted: string, group: string, text: string): number {
  const byName = groupsOf(group).find((entry) => entry.name === wanted);
  const gid = byName?.gid ?? parseId(wanted);
  if (gid === undefined) throw unknown('group', wanted, text, '/etc/group');
  return gid;
}

function unknown(what: 'user' | 'group', wanted: string, text: string, file: string): LadingError {
  const range = /^\d+$/.test(wanted) ? ' (ids go from 0 to 2147483647)' : '';
  return new LadingError('RUNTIME_FAILED', `Cannot run as "${text}": the ${what} "${wanted}" does not exist${range}`, {
    hint: `Add the ${what} to the image's ${file}, or give a number.`,
  });
}

function parseId(text: string): number | undefined {
  if (!/^\d{1,10}$/.test(text)) return undefined;
  const id = Number(text);
  return id <= 0x7fffffff ? id : undefined;
}

function accountsOf(passwd: string): Account[] {
  return fieldsOf(passwd).flatMap(([name, , uidText, gidText, , home]) => {
    const uid = parseId(uidText ?? '');
    const gid = parseId(gidText ?? '');
    if (!name || uid === undefined || gid === undefined) return [];
    return [{ name, uid, gid, home: home || '/' }];
  });
}

function groupsOf(group: string): { name: string; gid: number; members: string[] }[] {
  return fieldsOf(group).flatMap(([name, , gidText, members]) => {
    const gid = parseId(gidText ?? '');
    if (!name || gid === undefined) return [];
    return [{ name, gid, members: (members ?? '').split(',').map((member) => member.trim()) }];
  });
}

/** Lines of colon-separated fields; comments and empty lines are skipped, damaged ones are left to the caller. */
function fieldsOf(text: string): string[][] {
  return text
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '' && !line.startsWith('#'))
    .map((line) => line.split(':'));
}
