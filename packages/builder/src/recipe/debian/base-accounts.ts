import type { Spool } from '../../internal/spool.ts';
import { type BaseAccounts, parseGroup, parsePasswd } from '../accounts.ts';
import type { RootTree } from '../root-tree.ts';

/** base-passwd's masters where that package is there, else root and nobody. */
export async function debianAccounts(tree: RootTree, spool: Spool): Promise<BaseAccounts> {
  const read = async (name: string): Promise<string | undefined> =>
    (await tree.read(`usr/share/base-passwd/${name}.master`, spool))?.toString('utf8');
  return {
    users: parsePasswd((await read('passwd')) ?? minimalPasswd),
    groups: parseGroup((await read('group')) ?? minimalGroup),
    shadow: [],
    gshadow: true,
  };
}

const minimalPasswd = `root:*:0:0:root:/root:/usr/sbin/nologin
nobody:*:65534:65534:nobody:/nonexistent:/usr/sbin/nologin
`;

const minimalGroup = `root:*:0:
nogroup:*:65534:
`;
