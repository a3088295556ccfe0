/** Who did it. */
export interface Actor {
  /** The identity in the words of the access control, such as `user:alice`. */
  readonly name: string;
  /** The address a request came from. */
  readonly client?: string | undefined;
  /** The program, in its own words. */
  readonly agent?: string | undefined;
}
