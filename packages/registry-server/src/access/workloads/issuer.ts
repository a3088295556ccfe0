import type { JWTPayload } from 'jose';

/** An issuer of tokens whose keys are found through its discovery document. */
export interface Issuer {
  /** The claims of a token that the issuer signed for this audience and that is valid now; else why it is not, or cannot be told. */
  verify(token: string, audience: string, now: Date): Promise<Verified>;
}

export type Verified =
  | { readonly claims: JWTPayload }
  | { readonly fault: string /** The issuer could not be asked. */; readonly transient: boolean };

export interface IssuerOptions {
  /** As it stands in tokens. */
  readonly issuer: string;
  /** Instead of what discovery says. */
  readonly keysUrl?: string | undefined;
  readonly fetch?: typeof fetch | undefined;
}

/** Signatures that a public key verifies: with any other, whoever knows the key could sign. */
const algorithms = [
  'RS256',
  'RS384',
  'RS512',
  'PS256',
  'PS384',
  'PS512',
  'ES256',
  'ES384',
  'ES512',
  'EdDSA',
  'Ed25519',
];
const timeoutMs = 5000;
const maxDocumentBytes = 256 << 10;

/** Nothing is asked before the first token. Keys are asked for again when a token names an unknown one, twice a minute at most. */
export function createIssuer(options: IssuerOptions): Issuer {
  const { issuer, fetch: ask = fetch } = options;
  let keys: Promise<ReturnType<typeof import('jose').createRemoteJWKSet>> | undefined;
  let failedAt = Number.NEGATIVE_INFINITY;

  const discover = async (): Promise<URL> => {
    if (options.keysUrl !== undefined) return new URL(options.keysUrl);
    const url = `${issuer.replace(/\/$/, '')}/.well-known/openid-configuration`;
    const answer = await ask(url, { signal: AbortSignal.timeout(timeoutMs), redirect: 'error' });
    if (!answer.ok) throw new Error(`${url} answered ${answer.status}`);
    const text = await answer.text();
    if (text.length > maxDocumentBytes) throw new Error(`${url} is too long`);
    const document = JSON.parse(text) as { readonly issuer?: unknown; readonly jwks_uri?: unknown };
    // OpenID Connect Discovery 1.0 §4.3: else one issuer could speak for another.
    if (document.issuer !== issuer) throw new Error(`${url} is of another issuer`);
    const found = new URL(String(document.jwks_uri));
    if (found.protocol !== 'https:' && new URL(issuer).protocol === 'https:')
      throw new Error(`${url} has keys in plain text`);
    return found;
  };
  const open = async (): Promise<ReturnType<typeof import('jose').createRemoteJWKSet>> => {
    const [{ createRemoteJWKSet, customFetch }, url] = await Promise.all([import('jose'), discover()]);
    return createRemoteJWKSet(url, {
      timeoutDuration: timeoutMs,
      cooldownDuration: 30_000,
      [customFetch]: ask as never,
    });
  };
  return {
    async verify(token, audience, now) {
      const { jwtVerify, errors } = await import('jose');
      try {
        // Who is down is not asked by every request.
        if (keys === undefined && performance.now() - failedAt < 2000) throw new Error('it failed just now');
        keys ??= open();
        const found = await keys.catch((error: unknown) => {
          keys = undefined;
          failedAt = performance.now();
          throw error;
        });
        const { payload } = await jwtVerify(token, found, {
          issuer,
          audience,
          algorithms,
          requiredClaims: ['exp', 'iat', 'sub'],
          clockTolerance: 30,
          currentDate: now,
        });
        return { claims: payload };
      } catch (error) {
        const invalid = error instanceof errors.JOSEError && !(error instanceof errors.JWKSTimeout);
        if (invalid) return { fault: error.message, transient: false };
        return { fault: `the keys of ${issuer} are not to be had: ${(error as Error).message}`, transient: true };
      }
    },
  };
}
