import { LadingError, throwIfAborted } from '@lading/errors';
import type { Challenge } from './challenge.ts';
import { basicAuthorization, type Credentials, type CredentialsSource } from './credentials/credentials.ts';
import { type RetryPolicy, retrying } from './retry.ts';
import { normalizeScopes, type Scope } from './scope.ts';
import { SharedWork } from './shared-work.ts';
import { type AccessToken, requestToken } from './token.ts';
import type { Transport } from './transport.ts';

/** What is left of a token's life, at least, before something long begins; a third of it where that is less. */
const lastingMs = 60_000;

/** Who asks for what. */
export interface AccessRequest {
  readonly repository?: string | undefined;
  readonly scopes: readonly Scope[];
  /** For a request that is long under way and cannot be sent again: a token that is about to expire is not used for it. */
  readonly lasting?: boolean | undefined;
  readonly signal?: AbortSignal | undefined;
}

export interface AuthenticatorOptions {
  readonly registry: string;
  readonly credentials: CredentialsSource;
  readonly transport: Transport;
  readonly retries: RetryPolicy;
}

interface Held {
  /** `resource:action` pairs that were asked for with it. */
  readonly rights: ReadonlySet<string>;
  readonly token: AccessToken;
}

/**
 * Knows how one registry wants to be authenticated to, and keeps tokens. It learns from the first refusal; from then on requests carry
 * their authorization at once. Requests that need the same token at the same time share one fetch.
 *
 * Credentials are looked up only after the registry asked for some, so a machine with a broken credential helper can still use
 * registries that need none.
 */
export class Authenticator {
  readonly #options: AuthenticatorOptions;
  #method: { kind: 'none' } | { kind: 'basic' } | { kind: 'bearer'; realm: URL; service: string | undefined } = {
    kind: 'none',
  };
  readonly #credentials = new Map<string, Promise<Credentials | undefined>>();
  readonly #held = new Map<string, Held[]>();
  readonly #fetching = new SharedWork<AccessToken>();

  constructor(options: AuthenticatorOptions) {
    this.#options = options;
  }

  /** The `Authorization` header to send, as far as is known before asking. */
  async authorization(request: AccessRequest): Promise<string | undefined> {
    if (this.#method.kind === 'none') return undefined;
    return this.#authorize(request);
  }

  /**
   * The header to answer a refusal with, or undefined when there is nothing better than what was refused.
   * `base` is where the refusal came from; a token server on plain HTTP is not used for a registry on HTTPS.
   */
  async answer(
    challenges: readonly Challenge[],
    request: AccessRequest,
    refused: string | undefined,
    base: URL,
  ): Promise<string | undefined> {
    const asked = this.learn(challenges, base);
    const key = keyOf(request.repository);
    // The refused token is dropped, unless someone else has replaced it already.
    const held = this.#held.get(key) ?? [];
    this.#held.set(
      key,
      held.filter(({ token }) => bearer(token) !== refused),
    );
    const next = await this.#authorize({ ...request, scopes: [...request.scopes, ...asked] });
    return next === refused ? undefined : next;
  }

  /** Takes note of how the registry wants to be asked; gives the scopes that it named. */
  learn(challenges: readonly Challenge[], base: URL): Scope[] {
    const wanted = challenges.find(({ scheme, parameters }) => scheme === 'bearer' && parameters.realm !== undefined);
    if (wanted === undefined) {
      if (challenges.some(({ scheme }) => scheme === 'basic')) this.#method = { kind: 'basic' };
      return [];
    }
    const { realm: text = '', service, scope } = wanted.parameters;
    this.#method = { kind: 'bearer', realm: this.#realm(text, base), service };
    return (scope ?? '').split(' ').filter((each) => each !== '');
  }

  /** Whether credentials were found for a repository; false as long as none were looked for. */
  async hasCredentials(repository: string | undefined): Promise<boolean> {
    return (await this.#credentials.get(keyOf(repository))?.catch(() => undefined)) !== undefined;
  }

  async #authorize(request: AccessRequest): Promise<string | undefined> {
    const method = this.#method;
    throwIfAborted(request.signal);
    if (method.kind === 'none') return undefined;
    const credentials = await this.#credentialsFor(request.repository);
    if (method.kind === 'basic') return basicAuthorization(credentials);
    if (credentials?.registryToken !== undefined) return `Bearer ${credentials.registryToken.reveal()}`;
    const scopes = normalizeScopes(request.scopes);
    const rights = rightsOf(scopes);
    const now = Date.now();
    const held = (this.#held.get(keyOf(request.repository)) ?? []).find(
      ({ token, rights: held }) =>
        token.staleAt > now + (request.lasting ? Math.min(token.lifeMs / 3, lastingMs) : 0) && rights.isSubsetOf(held),
    );
    if (held !== undefined) return bearer(held.token);
    return bearer(await this.#fetch(method, scopes, credentials, request));
  }

  #fetch(
    { realm, service }: { realm: URL; service: string | undefined },
    scopes: Scope[],
    credentials: Credentials | undefined,
    { repository, signal }: AccessRequest,
  ): Promise<AccessToken> {
    const owner = keyOf(repository);
    const { registry, transport, retries } = this.#options;
    return this.#fetching.run(JSON.stringify([owner, scopes]), signal, async (everyone) => {
      const token = await retrying(retries, everyone, () =>
        requestToken(transport, { registry, realm, service, scopes, credentials, signal: everyone }),
      );
      const now = Date.now();
      const others = (this.#held.get(owner) ?? []).filter((each) => each.token.staleAt > now);
      this.#held.set(owner, [...others, { rights: rightsOf(scopes), token }]);
      if (token.refreshToken !== undefined && credentials?.identityToken !== undefined) {
        this.#credentials.set(owner, Promise.resolve({ ...credentials, identityToken: token.refreshToken }));
      }
      return token;
    });
  }

  #credentialsFor(repository: string | undefined): Promise<Credentials | undefined> {
    const key = keyOf(repository);
    let found = this.#credentials.get(key);
    if (found === undefined) {
      const { registry, credentials } = this.#options;
      found = Promise.resolve().then(() => credentials(registry, repository));
      this.#credentials.set(key, found);
      found.catch(() => this.#credentials.delete(key));
    }
    return found;
  }

  #realm(text: string, base: URL): URL {
    const { registry } = this.#options;
    const refuse = (why: string): LadingError =>
      new LadingError('REGISTRY_UNAUTHORIZED', `Cannot log in to ${registry}: its token server ${why}`, {
        hint: 'The registry is set up wrongly, or someone stands in between.',
        details: { registry, realm: text.slice(0, 300) },
      });
    // Some registries name a path on themselves.
    if (!URL.canParse(text, base.href)) throw refuse('is not a URL');
    const realm = new URL(text, base);
    if (realm.protocol !== 'https:' && realm.protocol !== 'http:') throw refuse(`has the scheme ${realm.protocol}`);
    if (base.protocol === 'https:' && realm.protocol === 'http:') {
      throw refuse(`${realm.host} is on plain http while the registry is on https, so no credentials go there`);
    }
    realm.username = '';
    realm.password = '';
    return realm;
  }
}

function keyOf(repository: string | undefined): string {
  return repository ?? '';
}

function bearer(token: AccessToken): string {
  return `Bearer ${token.value.reveal()}`;
}

function rightsOf(scopes: readonly Scope[]): Set<string> {
  return new Set(
    scopes.flatMap((scope) => {
      const colon = scope.lastIndexOf(':');
      const resource = scope.slice(0, colon);
      return scope
        .slice(colon + 1)
        .split(',')
        .map((action) => `${resource}:${action}`);
    }),
  );
}
