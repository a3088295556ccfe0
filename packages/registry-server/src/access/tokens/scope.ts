import { isRepositoryName } from '@lading/oci';
import type { Need } from '../access.ts';
import type { Action, Grant, Identity } from '../identity.ts';
import { actions, rightsOf } from '../rights.ts';

/** One entry of a token's `access` (distribution's token specification, §"access"). */
export interface ScopeEntry {
  readonly type: 'repository' | 'registry';
  readonly name: string;
  readonly actions: readonly string[];
}

/** Characters of all entries together: a token has to fit in a header. Far more than a push that mounts from many repositories asks for. */
const maxCharacters = 4096;

/**
 * Scopes as clients ask for them, `repository:team/app:pull,push`, several in one text with blanks between. What is not understood is
 * ignored, as clients expect, so that nothing is granted for it.
 */
export function parseScopes(texts: readonly string[]): readonly ScopeEntry[] {
  const asked = new Map<string, Set<string>>();
  let characters = 0;
  for (const text of texts.flatMap((each) => each.split(' '))) {
    const [first, last] = [text.indexOf(':'), text.lastIndexOf(':')];
    if (first < 0 || last === first) continue;
    const [type, name] = [text.slice(0, first), text.slice(first + 1, last)];
    const known =
      (type === 'repository' && isRepositoryName(name)) ||
      (type === 'registry' && (name === 'catalog' || name === 'api'));
    const key = `${type}:${name}`;
    if (!known) continue;
    let all = asked.get(key);
    if (all === undefined) {
      characters += key.length + 30;
      if (characters > maxCharacters) continue;
      all = new Set();
    }
    for (const action of text.slice(last + 1).split(',')) {
      if (action === '*' || actions.some((each) => each === action)) all.add(action);
    }
    asked.set(key, all);
  }
  return [...asked].map(([key, all]) => {
    const colon = key.indexOf(':');
    return { type: key.slice(0, colon) as ScopeEntry['type'], name: key.slice(colon + 1), actions: [...all] };
  });
}

/** The part of what was asked for that the identity may do. `*` is whatever it may. */
export function grantedScopes(asked: readonly ScopeEntry[], identity: Identity): readonly ScopeEntry[] {
  const rights = rightsOf(identity);
  return asked
    .map(({ type, name, actions: wanted }) => {
      if (type === 'registry') return { type, name, actions: wanted.includes('*') ? ['*'] : [] };
      const all = wanted.includes('*') ? actions : actions.filter((action) => wanted.includes(action));
      return { type, name, actions: all.filter((action) => rights.may(action, name)) };
    })
    .filter((entry) => entry.actions.length > 0);
}

/** The management API is about all of the registry: its scope (`registry:api:*`, of our own) narrows nothing. */
export function isApiScope({ type, name }: ScopeEntry): boolean {
  return type === 'registry' && name === 'api';
}

/**
 * What a token with these scopes, none of which is the API's, allows someone who is granted so much. The catalog shows what may be pulled,
 * so its scope brings along everything that may.
 */
export function grantsWithin(scopes: readonly ScopeEntry[], identity: Identity): readonly Grant[] {
  return grantedScopes(scopes, identity).flatMap(({ type, name, actions: allowed }): readonly Grant[] => {
    if (type === 'repository') return [{ repositories: name, actions: allowed as readonly Action[] }];
    const pulls = identity.grants.filter((grant) => grant.actions.includes('pull'));
    return pulls.map(({ repositories }) => ({ repositories, actions: ['pull'] }));
  });
}

/** As a challenge words what is missing. Whoever pushes also reads, to skip what is there. */
export function scopeFor({ action, repository }: Need): string {
  return repository === undefined ? apiScope : `repository:${repository}:${action === 'push' ? 'pull,push' : action}`;
}

export const catalogScope = 'registry:catalog:*';
export const apiScope = 'registry:api:*';
