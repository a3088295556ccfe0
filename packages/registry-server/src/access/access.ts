import type { IncomingMessage } from 'node:http';
import type { Answer } from '../answer.ts';
import { type Action, anonymous, type Identity } from './identity.ts';

/** Something that is asked for, as tokens word it: an action on a repository, or on the registry as a whole (`repository` undefined). */
export interface Need {
  readonly action: Action;
  readonly repository?: string | undefined;
}

/** Decides who asks and what they may do. */
export interface Access {
  /** Who asks, or the answer that turns a bad credential away (401 with its challenge, 429). No credential at all is `anonymous`. */
  identify(request: IncomingMessage): Promise<{ readonly identity: Identity } | { readonly refusal: Answer }>;
  /** Cheap, for it is asked for every entry of a catalog. */
  may(identity: Identity, action: Action, repository: string): boolean;
  /** The answer to a request that the identity may not make: 401 with a challenge for the need when another credential could help, else 403. */
  refuse(identity: Identity, need: Need, request: IncomingMessage): Answer;
  /** Answers a path of its own, such as the token server's; undefined when the path is not one. */
  handle?(path: string, request: IncomingMessage): Promise<Answer | undefined>;
}

/** Whoever reaches the registry may do everything: for loopback, and for tests. */
export const openAccess: Access = {
  identify: async () => ({ identity: anonymous }),
  may: () => true,
  refuse: () => {
    throw new Error('open access refuses nothing');
  },
};
