/** What may be done in a repository. `admin` is the rest: policies, purge, quarantine. */
export type Action = 'pull' | 'push' | 'delete' | 'admin';

/** A `user` has a password here, a `person` signs in at the organisation's OIDC provider, a `workload` shows a token of a CI's issuer. */
export type IdentityKind = 'anonymous' | 'user' | 'person' | 'robot' | 'workload' | 'certificate';

/** Who asks, once that is established. A value: it is made per credential, not per request, where that can be. */
export interface Identity {
  readonly kind: IdentityKind;
  /** Unique with the kind, such as a user's name, or the subject of a workload token. Safe to log. */
  readonly name: string;
  /** What it was granted. */
  readonly grants: readonly Grant[];
}

/** Actions on repositories by pattern. In a pattern `*` stands for part of one path component and `**` for any number of components. */
export interface Grant {
  readonly repositories: string;
  readonly actions: readonly Action[];
}

export const anonymous: Identity = { kind: 'anonymous', name: 'anonymous', grants: [] };

/** As logs and the journal name it: `user:ann`, `robot:ci`, `anonymous`. */
export function identityText(identity: Identity): string {
  return identity.kind === 'anonymous' ? 'anonymous' : `${identity.kind}:${identity.name}`;
}
