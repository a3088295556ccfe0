import type { Configuration, IDToken } from 'openid-client';
import type { LoginConfig } from '../access-config.ts';
import { claimOf } from '../workloads/workload-accounts.ts';

/** The organisation's OpenID Connect provider, which knows its people. */
export interface Provider {
  /** Where the browser is sent, and what to bring back from there. */
  begin(redirectUrl: string): Promise<{ readonly url: URL; readonly pending: PendingLogin }>;
  /** Who came back. Throws what the provider or the library says. */
  finish(callback: URL, pending: PendingLogin): Promise<Person>;
}

export interface PendingLogin {
  readonly verifier: string;
  readonly state: string;
  readonly nonce: string;
}

export interface Person {
  readonly name: string;
  readonly groups: readonly string[];
}

export type ProviderOptions = Omit<LoginConfig, 'tokenMs'>;

/** Authorization code flow with PKCE, state and nonce (OpenID Connect Core 1.0 §3.1, RFC 7636). Nothing is asked before the first login. */
export function createProvider(options: ProviderOptions): Provider {
  const { issuer, clientId, clientSecret, scopes } = options;
  let opening: Promise<Configuration> | undefined;
  const open = (): Promise<Configuration> => {
    opening ??= discover().catch((error: unknown) => {
      opening = undefined;
      throw error;
    });
    return opening;
  };
  const discover = async (): Promise<Configuration> => {
    const client = await import('openid-client');
    const url = new URL(issuer);
    const authentication = clientSecret === undefined ? client.None() : client.ClientSecretPost(clientSecret.reveal());
    // Plain HTTP is for an issuer on this machine, as the configuration made sure.
    const execute = url.protocol === 'http:' ? { execute: [client.allowInsecureRequests] } : {};
    return client.discovery(url, clientId, undefined, authentication, { ...execute, timeout: 10 });
  };
  return {
    async begin(redirectUrl) {
      const [client, configuration] = await Promise.all([import('openid-client'), open()]);
      const pending = {
        verifier: client.randomPKCECodeVerifier(),
        state: client.randomState(),
        nonce: client.randomNonce(),
      };
      const url = client.buildAuthorizationUrl(configuration, {
        redirect_uri: redirectUrl,
        scope: scopes.join(' '),
        code_challenge: await client.calculatePKCECodeChallenge(pending.verifier),
        code_challenge_method: 'S256',
        state: pending.state,
        nonce: pending.nonce,
      });
      return { url, pending };
    },
    async finish(callback, { verifier, state, nonce }) {
      const [client, configuration] = await Promise.all([import('openid-client'), open()]);
      const tokens = await client.authorizationCodeGrant(configuration, callback, {
        pkceCodeVerifier: verifier,
        expectedState: state,
        expectedNonce: nonce,
        idTokenExpected: true,
      });
      return personOf(tokens.claims() as IDToken, options);
    },
  };
}

function personOf(claims: IDToken, { nameClaim, groupsClaim }: ProviderOptions): Person {
  const name = claimOf(claims, nameClaim);
  if (typeof name !== 'string' || !/^[^\s:\p{C}]{1,128}$/u.test(name)) {
    throw new Error(`the provider gave no usable "${nameClaim}"`);
  }
  // Whoever may choose their own address must not become somebody else by it.
  if (nameClaim === 'email' && claims.email_verified !== true)
    throw new Error('the provider has not verified the address');
  const groups = claimOf(claims, groupsClaim);
  const texts = Array.isArray(groups) ? groups.filter((group) => typeof group === 'string') : [];
  return { name, groups: texts.slice(0, 200) };
}
