import type { IncomingMessage } from 'node:http';
import { type Answer, problem } from '../answer.ts';
import { type Identity, identityText } from './identity.ts';
import { createTokenBuckets, type Rate } from './internal/token-bucket.ts';
import { networkOf } from './origin.ts';
import { isSubject, type SubjectMatcher } from './subject.ts';

/** How often those that it is for may ask; each of them for itself. The first rule that fits is the one that counts. */
export interface RateRule {
  readonly to: SubjectMatcher;
  readonly requests?: Rate | undefined;
  /** A pull is a GET of a manifest, as Docker Hub counts. */
  readonly pulls?: Rate | undefined;
}

export interface RateLimits {
  /** 429 when the identity has to wait. Those without a credential are told apart by their address. */
  refuse(identity: Identity, request: IncomingMessage, address: () => string): Answer | undefined;
}

/** In the memory of this process: each replica counts what it serves. */
export function createRateLimits(rules: readonly RateRule[], now?: () => number): RateLimits {
  const buckets = createTokenBuckets(now === undefined ? {} : { now });
  const ruleOf = new WeakMap<Identity, { readonly rule: RateRule | undefined; readonly key: string }>();
  const lookUp = (identity: Identity): { readonly rule: RateRule | undefined; readonly key: string } => {
    let found = ruleOf.get(identity);
    if (found === undefined) {
      found = { rule: rules.find(({ to }) => isSubject(to, identity)), key: identityText(identity) };
      ruleOf.set(identity, found);
    }
    return found;
  };
  return {
    refuse(identity, request, address) {
      if (rules.length === 0) return undefined;
      const { rule, key } = lookUp(identity);
      if (rule === undefined) return undefined;
      const who = identity.kind === 'anonymous' ? networkOf(address()) : key;
      if (rule.requests !== undefined) {
        const { left, waitMs } = buckets.take(`requests ${who}`, rule.requests);
        if (waitMs > 0) return tooMany('requests', rule.requests, left, waitMs);
      }
      if (rule.pulls !== undefined && request.method === 'GET' && request.url?.includes('/manifests/')) {
        const { left, waitMs } = buckets.take(`pulls ${who}`, rule.pulls);
        if (waitMs > 0) return tooMany('pulls', rule.pulls, left, waitMs);
      }
      return undefined;
    },
  };
}

/** RFC 6585 §4, with the headers by which Docker Hub's clients know a limit. */
export function tooMany(what: string, { count, perMs }: Rate, left: number, waitMs: number): Answer {
  const seconds = Math.max(1, Math.ceil(waitMs / 1000));
  const window = `w=${Math.ceil(perMs / 1000)}`;
  return problem(429, 'TOOMANYREQUESTS', `Too many ${what}: come again in ${seconds} s`, {
    headers: {
      'Retry-After': seconds,
      'RateLimit-Limit': `${count};${window}`,
      'RateLimit-Remaining': `${Math.max(0, left)};${window}`,
      'RateLimit-Reset': seconds,
    },
  });
}
