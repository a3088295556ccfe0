import type { Secret } from '@lading/errors';

/** What opens a registry. Which of the three it is decides how it is used; more than one may be there. */
export interface Credentials {
  readonly username?: string | undefined;
  readonly password?: Secret | undefined;
  /** A refresh token, as `docker login` gets from some registries: exchanged for access tokens, never sent to the registry. */
  readonly identityToken?: Secret | undefined;
  /** A ready access token: sent to the registry as it is. */
  readonly registryToken?: Secret | undefined;
}

/** Where credentials come from when they are first needed. `repository` is the path without the registry. */
export type CredentialsSource = (
  registry: string,
  repository: string | undefined,
) => Promise<Credentials | undefined> | Credentials | undefined;

/** Uses no credentials, whatever the machine has stored. */
export const anonymous: CredentialsSource = () => undefined;

/** The value of an `Authorization` header; undefined without a user name and password. RFC 7617. */
export function basicAuthorization(credentials: Credentials | undefined): string | undefined {
  if (credentials?.password === undefined || credentials.username === undefined) return undefined;
  const pair = `${credentials.username}:${credentials.password.reveal()}`;
  return `Basic ${Buffer.from(pair, 'utf8').toString('base64')}`;
}
