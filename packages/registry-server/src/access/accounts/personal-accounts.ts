import type { PersonalTokens } from '@lading/catalog';
import type { Account, AccountSource, GrantsTo } from '../account.ts';
import { isSecret, secretId } from './secret-text.ts';

export interface PersonalAccountsOptions {
  readonly tokens: PersonalTokens;
  readonly grantsTo: GrantsTo;
  readonly now: () => Date;
}

/** People who signed in at the organisation's provider, by the tokens they were given for `docker login`. */
export function createPersonalAccounts({ tokens, grantsTo, now }: PersonalAccountsOptions): AccountSource {
  const find = async (id: string, isRight: (hash: string) => boolean): Promise<Account | undefined> => {
    const found = await tokens.find(id);
    if (found === undefined || !isRight(found.hash) || found.token.expiresAt <= now()) return undefined;
    const { owner: name, groups, expiresAt } = found.token;
    const identity = { kind: 'person' as const, name, grants: grantsTo({ kind: 'person', name }, groups) };
    return { identity, stamp: id, until: expiresAt.getTime() };
  };
  return {
    // The token says whose it is: no other name goes with it.
    async authenticate(name, secret) {
      const id = secretId('ldp', secret);
      const account = id === undefined ? undefined : await find(id, (hash) => isSecret(secret, hash));
      return account === undefined || name !== account.identity.name ? 'unknown' : account;
    },
    async recall({ kind, name }, stamp) {
      if (kind !== 'person') return undefined;
      const account = await find(stamp, () => true);
      return account?.identity.name === name ? account : undefined;
    },
  };
}
