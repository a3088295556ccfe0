import type { Account, Group } from '../accounts.ts';

/** Numbers that busybox gives to system accounts when none is asked for. busybox, `adduser -S`, `addgroup -S`. */
const FIRST_SYSTEM_ID = 100;
const FIRST_ID = 1000;

/** Accounts under way: what packages' scripts would add to those that are there. */
export interface ScriptAccounts {
  readonly users: readonly Account[];
  readonly groups: readonly Group[];
  /** Homes that the scripts would make. */
  readonly homes: readonly Account[];
}

/**
 * Adds the accounts that scripts make with literal words (`addgroup -S web`, `adduser -S -D -H -G web web`). Scripts are not run, so
 * what they compute is not understood and left out. Numbers are the first that are free, in the order of the scripts.
 */
export function addScriptAccounts(
  base: { readonly users: readonly Account[]; readonly groups: readonly Group[] },
  scripts: readonly string[],
): ScriptAccounts {
  const accounts = new Accounts(base.users, base.groups);
  for (const script of scripts) {
    for (const line of script.replace(/\\\n/g, ' ').split('\n')) {
      for (const command of line.split(/\|\||&&|;/)) accounts.run(wordsOf(command));
    }
  }
  return accounts;
}

class Accounts implements ScriptAccounts {
  readonly users: Account[];
  readonly groups: Group[];
  readonly homes: Account[] = [];

  constructor(users: readonly Account[], groups: readonly Group[]) {
    this.users = [...users];
    this.groups = [...groups];
  }

  run(words: readonly string[]): void {
    const [command, ...rest] = words;
    if (command === 'addgroup') this.#addGroup(parseOptions(rest, 'g'));
    else if (command === 'adduser') this.#addUser(parseOptions(rest, 'hgsGuk'));
  }

  #addGroup({ options, operands }: Parsed): void {
    const [first, second] = operands;
    if (first === undefined) return;
    if (second !== undefined) this.#join(first, second);
    if (second !== undefined || this.groups.some((group) => group.name === first)) return;
    const gid =
      numberOf(options.get('g')) ??
      freeId(
        this.groups.map((group) => group.gid),
        options.has('S'),
      );
    this.groups.push({ name: first, gid, members: [] });
  }

  #addUser({ options, operands }: Parsed): void {
    const [name, group] = operands;
    if (name === undefined) return;
    if (group !== undefined) this.#join(name, group);
    if (group !== undefined || this.users.some((user) => user.name === name)) return;
    const system = options.has('S');
    const named = this.groups.find((one) => one.name === options.get('G'));
    if (options.has('G') && named === undefined) return;
    const taken = [
      ...this.users.map((user) => user.uid),
      ...(named === undefined ? this.groups.map((one) => one.gid) : []),
    ];
    const uid = numberOf(options.get('u')) ?? freeId(taken, system);
    if (named === undefined && !this.groups.some((one) => one.name === name)) {
      this.groups.push({ name, gid: uid, members: [] });
    }
    const gid = named?.gid ?? this.groups.find((one) => one.name === name)?.gid ?? uid;
    const home = options.get('h') ?? `/home/${name}`;
    const shell = options.get('s') ?? (system ? '/bin/false' : '/bin/sh');
    const user = { name, uid, gid, comment: options.get('g') ?? '', home, shell };
    this.users.push(user);
    if (!options.has('H') && home !== '/dev/null') this.homes.push(user);
  }

  #join(user: string, name: string): void {
    const at = this.groups.findIndex((group) => group.name === name);
    const group = this.groups[at];
    if (group === undefined || group.members.includes(user)) return;
    this.groups[at] = { ...group, members: [...group.members, user] };
  }
}

interface Parsed {
  readonly options: ReadonlyMap<string, string>;
  readonly operands: readonly string[];
}

/** Short options, those of `valued` with a value. */
function parseOptions(words: readonly string[], valued: string): Parsed {
  const options = new Map<string, string>();
  const operands: string[] = [];
  for (let at = 0; at < words.length; at++) {
    const word = words[at] ?? '';
    if (!/^-[A-Za-z]/.test(word)) {
      operands.push(word);
      continue;
    }
    for (let letter = 1; letter < word.length; letter++) {
      const option = word[letter] ?? '';
      if (!valued.includes(option)) options.set(option, '');
      else {
        options.set(option, word.slice(letter + 1) || (words[++at] ?? ''));
        break;
      }
    }
  }
  return { options, operands };
}

// None when there is something that a shell would have to work out.
function wordsOf(command: string): string[] {
  const text = command.replace(/\s[0-9]?>+\s*\S+|\s[0-9]?>&[0-9]/g, ' ');
  if (/[$`*?(){}<>]/.test(text)) return [];
  const words = text.match(/"[^"]*"|'[^']*'|[^\s"']+/g) ?? [];
  const bare = words.map((word) => word.replace(/^(["'])(.*)\1$/, '$2'));
  const start = bare.findIndex((word) => /^(?:\/usr)?(?:\/s?bin\/)?(?:adduser|addgroup)$/.test(word));
  if (start < 0 || bare.slice(0, start).some((word) => !/^(?:if|then|!|busybox|\/bin\/busybox)$/.test(word))) return [];
  if (bare.some((word) => /[:\n]/.test(word) || word.startsWith('#'))) return [];
  return [bare[start]?.replace(/^.*\//, '') ?? '', ...bare.slice(start + 1)];
}

function numberOf(text: string | undefined): number | undefined {
  return text !== undefined && /^[0-9]{1,9}$/.test(text) ? Number(text) : undefined;
}

function freeId(taken: readonly number[], system: boolean): number {
  let id = system ? FIRST_SYSTEM_ID : FIRST_ID;
  while (taken.includes(id)) id++;
  return id;
}
