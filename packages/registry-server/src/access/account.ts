import type { Grant, Identity } from './identity.ts';

/** Someone whose credential was accepted. */
export interface Account {
  /** With all that it is granted. */
  readonly identity: Identity;
  /**
   * Marks the credential that was shown: a token that was issued for it holds as long as the source recalls the account by this mark.
   * Absent where nothing can be recalled, such as a workload: its tokens carry what it is granted and end by themselves.
   */
  readonly stamp?: string | undefined;
  /** When the credential itself ends. Milliseconds since the epoch. */
  readonly until?: number | undefined;
}

/** `busy`: nobody looked, the client may come again. */
export type Attempt = Account | 'unknown' | 'busy';

/** One way of having an account. */
export interface AccountSource {
  /** Says `unknown` at once when the credential is not of its kind. */
  authenticate(name: string, secret: string): Promise<Attempt>;
  /** The account as it is now; undefined when the credential was changed, disabled or removed since, or is not of its kind. */
  recall(subject: Subject, stamp: string): Promise<Account | undefined>;
}

export type Subject = Pick<Identity, 'kind' | 'name'>;

/** What the configuration grants to someone, by kind, name and groups. */
export type GrantsTo = (subject: Subject, groups?: readonly string[]) => readonly Grant[];
