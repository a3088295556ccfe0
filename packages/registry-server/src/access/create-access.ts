import type { IncomingMessage } from 'node:http';
import { type Answer, empty, problem } from '../answer.ts';
import type { Access, Need } from './access.ts';
import type { Account, AccountSource, GrantsTo, Subject } from './account.ts';
import { type CertificateRule, createCertificateAccounts } from './certificates.ts';
import { challenge, scopeOfRequest, tokenPath } from './challenge.ts';
import { type Identity, identityText } from './identity.ts';
import { createLoginAttempts } from './login-attempts.ts';
import { addressOf, type OriginOptions } from './origin.ts';
import { createRateLimits, type RateRule } from './rate-limits.ts';
import { rightsOf } from './rights.ts';
import type { SecurityEvents } from './security-events.ts';
import { createSessions } from './sessions.ts';
import { apiScope, grantsWithin, isApiScope, scopeFor } from './tokens/scope.ts';
import type { Tokens } from './tokens/token.ts';
import { createTokenServer } from './tokens/token-server.ts';

export interface AccessOptions extends OriginOptions {
  /** The registry's name in challenges and tokens. */
  readonly service: string;
  readonly tokens: Tokens;
  /** Asked one after the other until one knows the credential. */
  readonly sources: readonly AccountSource[];
  readonly grantsTo: GrantsTo;
  readonly certificates?: readonly CertificateRule[] | undefined;
  readonly limits?: readonly RateRule[] | undefined;
  readonly events: SecurityEvents;
  /** Answers further paths, such as the login of people. */
  readonly pages?: ((path: string, request: IncomingMessage) => Promise<Answer | undefined>) | undefined;
  readonly now?: (() => Date) | undefined;
}

/** Who asks, by what they show: nothing, a certificate, a password, or a token. */
export function createAccess(options: AccessOptions): Access {
  const { service, tokens, sources, grantsTo, events, now = () => new Date() } = options;
  const nobody: Account = {
    identity: { kind: 'anonymous', name: 'anonymous', grants: grantsTo({ kind: 'anonymous', name: 'anonymous' }) },
  };
  const address = (request: IncomingMessage): string => addressOf(request, options);
  const attempts = createLoginAttempts(events);
  const limits = createRateLimits(options.limits ?? []);
  const challengeOptions = { ...options, service };
  /** What whoever holds a token could do with all that is theirs, where the token narrows it. */
  const wholeOf = new WeakMap<Identity, Identity>();

  const recall = async (subject: Subject, stamp: string): Promise<Account | undefined> => {
    for (const source of sources) {
      const account = await source.recall(subject, stamp);
      if (account !== undefined) return account;
    }
    return undefined;
  };
  const authenticate = (name: string, secret: string, request: IncomingMessage): Promise<Account | Answer> =>
    attempts.run(name, address(request), async () => {
      for (const source of sources) {
        const account = await source.authenticate(name, secret);
        if (account !== 'unknown') return account;
      }
      return 'unknown';
    });
  const certified = createCertificateAccounts(options.certificates ?? []);
  const unnamed = (request: IncomingMessage): Account => certified(request) ?? nobody;

  const sessions = createSessions({
    now,
    recall,
    authenticate,
    readToken: async (token) => {
      const read = await tokens.readAccess(token);
      if (read === undefined) return undefined;
      const { subject, scopes, stamp, grants = [], expiresAt } = read;
      const account =
        subject.kind === 'anonymous'
          ? nobody
          : stamp === undefined
            ? { identity: { ...subject, grants } }
            : await recall(subject, stamp);
      return account === undefined ? undefined : { account, scopes, expiresAt };
    },
    /** The identity of a token: what the account may do, as far as the token goes. */
    narrow: ({ identity }, scopes) => {
      if (scopes.some(isApiScope)) return identity;
      const narrowed = { ...identity, grants: grantsWithin(scopes, identity) };
      wholeOf.set(narrowed, identity);
      return narrowed;
    },
  });
  const tokenServer = createTokenServer({
    tokens,
    authenticate: (name, secret, request) => sessions.account(name, secret, request),
    // Who shows a password is held back by failures alone, and counted by what the token is used for.
    unnamed: (request) => {
      const account = unnamed(request);
      return limited(account.identity, request) ?? account;
    },
    async refresh(token) {
      const read = await tokens.readRefresh(token);
      return read === undefined ? undefined : recall(read.subject, read.stamp);
    },
  });

  /** 401 always says how to sign in (RFC 9110 §11.6.1); what else there is to say of a password stays as it is. */
  const refusalOf = (failed: Answer | { readonly fault: string }, request: IncomingMessage): Answer => {
    const scope = scopeOfRequest(request);
    if ('fault' in failed) {
      return challenge(request, challengeOptions, { scope, error: 'invalid_token', message: failed.fault });
    }
    return failed.status === 401 ? challenge(request, challengeOptions, { scope, message: wrong }) : failed;
  };
  const limited = (identity: Identity, request: IncomingMessage): Answer | undefined =>
    limits.refuse(identity, request, () => address(request));

  /** Lists of the API show what the identity may see: a token for something else must not pass a part off as all of it. */
  const tooNarrow = (identity: Identity, request: IncomingMessage): Answer | undefined =>
    wholeOf.has(identity) && isApiPath(request.url ?? '')
      ? challenge(request, challengeOptions, { scope: apiScope, error: 'insufficient_scope', message: uncovered })
      : undefined;

  return {
    async identify(request) {
      const header = request.headers.authorization;
      if (header === undefined) {
        const { identity } = unnamed(request);
        const refusal = limited(identity, request);
        if (refusal !== undefined) return { refusal };
        if (identity.kind === 'anonymous' && wantsCredential(request.url ?? '', identity)) {
          // Clients look here for how to sign in, and some ask nowhere else, also where much is public.
          return {
            refusal: challenge(request, challengeOptions, { scope: scopeOfRequest(request), message: required }),
          };
        }
        return { identity };
      }
      const session = sessions.find(header) ?? (await sessions.open(header, request));
      if (!('identity' in session)) return { refusal: refusalOf(session, request) };
      const refusal = limited(session.identity, request) ?? tooNarrow(session.identity, request);
      return refusal === undefined ? session : { refusal };
    },

    may: (identity, action, repository) => rightsOf(identity).may(action, repository),

    refuse(identity, need, request) {
      const whole = wholeOf.get(identity);
      const wider = whole !== undefined && rightsOf(whole).may(need.action, need.repository ?? '');
      if (identity.kind === 'anonymous' || wider) {
        const message = wider ? uncovered : required;
        const error = wider ? ('insufficient_scope' as const) : undefined;
        return challenge(request, challengeOptions, { scope: scopeFor(need), error, message });
      }
      const wanted = wantedText(need);
      events.record({
        action: 'access.denied',
        subject: identityText(identity),
        address: address(request),
        detail: wanted,
      });
      return problem(403, 'DENIED', `${identityText(identity)} may not ${wanted}`);
    },

    async handle(path, request) {
      if (path !== tokenPath) return options.pages?.(path, request);
      return request.method === 'OPTIONS' ? empty(204, { Allow: 'GET, POST' }) : tokenServer(request);
    },
  };
}

function wantedText({ action, repository }: Need): string {
  return repository === undefined ? `${action} the registry` : `${action} ${repository}`;
}

const uncovered = 'The token does not cover this';
const required = 'Authentication is required';
const wrong = 'The name or the password is wrong';

/** Where somebody without a credential is told how to sign in, whatever may be done without one. */
function wantsCredential(url: string, { grants }: Identity): boolean {
  if (url === '/v2/' || url === '/v2') return true;
  if (isApiPath(url)) return true;
  return grants.length === 0 && url.startsWith('/v2/_catalog');
}

/** Its description is for everybody. */
function isApiPath(url: string): boolean {
  return url.startsWith('/api/') && !url.startsWith('/api/v1/openapi.json');
}
