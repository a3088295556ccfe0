/** What a token must allow, in the words of the token protocol: `repository:team/app:pull,push`. */
export type Scope = string;

export type RepositoryAction = 'pull' | 'push' | 'delete';

export function repositoryScope(repository: string, ...actions: readonly RepositoryAction[]): Scope {
  return `repository:${repository}:${actions.join(',')}`;
}

/** What listing the repositories of a registry needs. */
export const catalogScope: Scope = 'registry:catalog:*';

/** Scopes as a set: those of one resource joined, actions and resources sorted, so that equal sets have equal text. */
export function normalizeScopes(scopes: Iterable<Scope>): Scope[] {
  const actionsOf = new Map<string, Set<string>>();
  for (const scope of scopes) {
    // The name may hold colons (a host and port), the actions never do.
    const colon = scope.lastIndexOf(':');
    const resource = colon < 0 ? scope : scope.slice(0, colon);
    const actions = actionsOf.get(resource) ?? new Set<string>();
    if (colon >= 0) for (const action of scope.slice(colon + 1).split(',')) if (action !== '') actions.add(action);
    actionsOf.set(resource, actions);
  }
  return [...actionsOf]
    .map(([resource, actions]) => (actions.size === 0 ? resource : `${resource}:${[...actions].sort().join(',')}`))
    .sort();
}
