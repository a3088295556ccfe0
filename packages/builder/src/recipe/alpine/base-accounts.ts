import type { Spool } from '../../internal/spool.ts';
import { type Account, type BaseAccounts, parseGroup, parsePasswd } from '../accounts.ts';
import { addScriptAccounts } from './script-accounts.ts';
import type { UnpackedAlpinePackage } from './unpack-package.ts';

/** The accounts of Alpine's base layout, and those that scripts of packages would add, in the order of the packages' names. */
export interface AlpineAccounts extends BaseAccounts {
  /** Homes that scripts would make. */
  readonly homes: readonly Account[];
}

export async function alpineAccounts(
  packages: readonly UnpackedAlpinePackage[],
  spool: Spool,
): Promise<AlpineAccounts> {
  const ordered = packages.toSorted((a, b) => (a.name < b.name ? -1 : 1));
  const read = async (path: string): Promise<string | undefined> => {
    for (const { entries } of ordered) {
      const stretch = entries.find((entry) => entry.path === path)?.stretch;
      if (stretch === undefined) continue;
      const chunks: Uint8Array[] = [];
      for await (const chunk of spool.read(stretch)) chunks.push(chunk);
      return Buffer.concat(chunks).toString('utf8');
    }
    return undefined;
  };
  const users = parsePasswd((await read('etc/passwd')) ?? minimalPasswd);
  const groups = parseGroup((await read('etc/group')) ?? minimalGroup);
  const scripts = ordered.flatMap(({ scripts }) =>
    (['pre-install', 'post-install'] as const).flatMap((type) => scripts.get(type)?.toString('utf8') ?? []),
  );
  const shadow = ((await read('etc/shadow')) ?? '').split('\n').filter((line) => line !== '');
  const { users: all, groups: allGroups, homes } = addScriptAccounts({ users, groups }, scripts);
  return { users: all, groups: allGroups, homes, shadow, gshadow: (await read('etc/gshadow')) !== undefined };
}

const minimalPasswd = `root:x:0:0:root:/root:/bin/sh
nobody:x:65534:65534:nobody:/:/sbin/nologin
`;

const minimalGroup = `root:x:0:root
nobody:x:65534:
`;
