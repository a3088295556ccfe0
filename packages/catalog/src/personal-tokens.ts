import type { Actor } from './ledger/actor.ts';

/** What someone who signed in elsewhere was given to use instead of a password. */
export interface PersonalToken {
  readonly id: string;
  /** As the provider named the person. */
  readonly owner: string;
  /** That the person was in when signing in. */
  readonly groups: readonly string[];
  readonly createdAt: Date;
  readonly expiresAt: Date;
}

export interface PersonalTokens {
  /** `hash` is a digest of the token, which is long and random. */
  create(token: Omit<PersonalToken, 'createdAt'> & { readonly hash: string }, by?: Actor): Promise<void>;
  /** The latest first. */
  list(owner: string): Promise<readonly PersonalToken[]>;
  /** False when there is none with that id. */
  revoke(id: string, by?: Actor): Promise<boolean>;
  find(id: string): Promise<{ readonly token: PersonalToken; readonly hash: string } | undefined>;
}

/** What the journal keeps of them. */
export type PersonalTokenEntry =
  | {
      readonly kind: 'personal-token.created';
      readonly id: string;
      readonly owner: string;
      readonly groups: readonly string[];
      readonly hash: string;
      readonly expiresAt: string;
    }
  | { readonly kind: 'personal-token.revoked'; readonly id: string };
