import type { Action, Grant, Identity } from './identity.ts';
import { matchRepositories, type RepositoryMatcher } from './repository-pattern.ts';

/** Grants, compiled. */
export interface Rights {
  may(action: Action, repository: string): boolean;
  /** True when nothing at all is granted. */
  readonly none: boolean;
}

export const actions: readonly Action[] = ['pull', 'push', 'delete', 'admin'];

/** Compiled once for each list of grants, which many identities may share. */
export function rightsOf(identity: Pick<Identity, 'grants'>): Rights {
  let rights = compiled.get(identity.grants);
  if (rights === undefined) {
    rights = compile(identity.grants);
    compiled.set(identity.grants, rights);
  }
  return rights;
}

const compiled = new WeakMap<readonly Grant[], Rights>();

function compile(grants: readonly Grant[]): Rights {
  const matchers = new Map<Action, RepositoryMatcher>();
  for (const action of actions) {
    const patterns = grants.filter((grant) => grant.actions.includes(action)).map((grant) => grant.repositories);
    if (patterns.length > 0) matchers.set(action, matchRepositories(patterns));
  }
  return { none: matchers.size === 0, may: (action, repository) => matchers.get(action)?.(repository) ?? false };
}
