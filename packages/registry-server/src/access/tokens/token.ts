import { randomUUID } from 'node:crypto';
import type { JWTPayload } from 'jose';
import type { Account } from '../account.ts';
import type { Grant, Identity, IdentityKind } from '../identity.ts';
import type { ScopeEntry } from './scope.ts';
import type { TokenKeys } from './token-keys.ts';

/** What tokens of this registry are made and checked with. */
export interface Tokens {
  /** Allows its scopes to whoever holds it. Ends with the account's credential at the latest, where that can be recalled. */
  issueAccess(account: Account, scopes: readonly ScopeEntry[]): Promise<IssuedToken>;
  /** Stands for the account where its password would be too much to keep; undefined for accounts that cannot be recalled. */
  issueRefresh(account: Account): Promise<string | undefined>;
  /** Undefined for whatever this registry did not issue as a token of that kind. An access token that has ended is told by `expiresAt`. */
  readAccess(token: string): Promise<AccessToken | undefined>;
  readRefresh(token: string): Promise<RefreshToken | undefined>;
}

export interface IssuedToken {
  readonly token: string;
  readonly issuedAt: Date;
  readonly expiresInSeconds: number;
}

export interface RefreshToken {
  readonly subject: Pick<Identity, 'kind' | 'name'>;
  readonly stamp: string;
}

export interface AccessToken {
  readonly subject: Pick<Identity, 'kind' | 'name'>;
  readonly scopes: readonly ScopeEntry[];
  readonly stamp?: string | undefined;
  /** What the subject was granted, where it cannot be recalled. */
  readonly grants?: readonly Grant[] | undefined;
  /** Milliseconds since the epoch. */
  readonly expiresAt: number;
}

export interface TokensOptions {
  readonly keys: TokenKeys;
  /** Issuer and audience: the registry's name. */
  readonly service: string;
  readonly accessMs: number;
  readonly refreshMs: number;
  /** An access token is read so long after its end: whoever sends a large blob is let finish. */
  readonly graceMs: number;
  readonly now: () => Date;
}

/** Longer ones are nobody's: what this registry issues stays below what clients and proxies take in a header. */
export const maxTokenLength = 16_384;

// What a JWT is for stands in its header (RFC 8725 §3.11), so that none passes for another.
const accessType = 'lading-access+jwt';
const refreshType = 'lading-refresh+jwt';

/** JWTs signed with Ed25519 (RFC 8037). */
export function createTokens(options: TokensOptions): Tokens {
  const { keys, service, accessMs, refreshMs, graceMs, now } = options;

  const sign = async (type: string, claims: JWTPayload, seconds: number): Promise<IssuedToken> => {
    const [{ SignJWT }, key] = await Promise.all([import('jose'), keys.current()]);
    const issued = Math.floor(now().getTime() / 1000);
    const token = await new SignJWT(claims)
      .setProtectedHeader({ alg: 'EdDSA', typ: type, kid: key.id })
      .setIssuer(service)
      .setAudience(service)
      .setIssuedAt(issued)
      .setNotBefore(issued - 60)
      .setExpirationTime(issued + seconds)
      .setJti(randomUUID())
      .sign(key.privateKey);
    return { token, issuedAt: new Date(issued * 1000), expiresInSeconds: seconds };
  };
  const read = async (token: string, type: string, toleranceMs: number): Promise<JWTPayload | undefined> => {
    if (token.length > maxTokenLength) return undefined;
    const { jwtVerify, errors } = await import('jose');
    try {
      const verified = await jwtVerify(
        token,
        async ({ kid }) => {
          const key = typeof kid === 'string' ? await keys.find(kid) : undefined;
          if (key === undefined) throw new errors.JWKSNoMatchingKey();
          return key.publicKey;
        },
        {
          algorithms: ['EdDSA'],
          typ: type,
          issuer: service,
          audience: service,
          requiredClaims: ['exp', 'sub', 'kind'],
          clockTolerance: toleranceMs / 1000,
          currentDate: now(),
        },
      );
      return verified.payload;
    } catch (error) {
      if (error instanceof errors.JOSEError) return undefined;
      throw error;
    }
  };

  return {
    issueAccess({ identity, stamp, until }, scopes) {
      const { kind, name, grants } = identity;
      // A workload's own token is short, and its push may be long.
      const ends = stamp === undefined ? undefined : until;
      const left = ends === undefined ? accessMs : Math.min(accessMs, ends - now().getTime());
      const claims = { kind, sub: name, access: scopes, ...(stamp === undefined ? { grants } : { stamp }) };
      return sign(accessType, claims as unknown as JWTPayload, Math.max(1, Math.floor(left / 1000)));
    },
    async issueRefresh({ identity, stamp, until }) {
      if (stamp === undefined) return undefined;
      const left = until === undefined ? refreshMs : Math.min(refreshMs, until - now().getTime());
      const claims = { kind: identity.kind, sub: identity.name, stamp };
      return (await sign(refreshType, claims, Math.max(1, Math.floor(left / 1000)))).token;
    },
    async readAccess(token) {
      const payload = await read(token, accessType, graceMs);
      if (payload === undefined) return undefined;
      // The signature is ours, and so is the form of what it covers.
      const { access, stamp, grants } = payload as unknown as {
        access: ScopeEntry[];
        stamp?: string;
        grants?: Grant[];
      };
      return { subject: subjectOf(payload), scopes: access, stamp, grants, expiresAt: (payload.exp ?? 0) * 1000 };
    },
    async readRefresh(token) {
      const payload = await read(token, refreshType, 0);
      return payload === undefined ? undefined : { subject: subjectOf(payload), stamp: String(payload.stamp) };
    },
  };
}

function subjectOf(payload: JWTPayload): Pick<Identity, 'kind' | 'name'> {
  return { kind: payload.kind as IdentityKind, name: payload.sub ?? '' };
}
