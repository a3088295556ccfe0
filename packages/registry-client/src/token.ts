import { collect } from '@lading/bytes';
import { LadingError, Secret } from '@lading/errors';
import { basicAuthorization, type Credentials } from './credentials/credentials.ts';
import { headerOf } from './http/response-head.ts';
import { answerText, problemsOf } from './response-error.ts';
import { isTransientStatus, parseRetryAfter, TransientFailure } from './retry.ts';
import type { Scope } from './scope.ts';
import { isConnectionLoss, type Transport, type TransportResponse } from './transport.ts';

/** What may be done with a registry for a while. */
export interface AccessToken {
  readonly value: Secret;
  /** `Date.now()` from which on it is not used any more: a little before it expires. */
  readonly staleAt: number;
  /** How long it was good for when it came, in milliseconds. */
  readonly lifeMs: number;
  /** A new refresh token that came with it. */
  readonly refreshToken?: Secret | undefined;
}

export interface TokenRequest {
  readonly registry: string;
  readonly realm: URL;
  readonly service: string | undefined;
  readonly scopes: readonly Scope[];
  readonly credentials: Credentials | undefined;
  readonly signal?: AbortSignal | undefined;
}

const clientId = 'lading';
const mostTokenBytes = 1 << 20;
/** What the token protocol says of an answer without `expires_in`. */
const defaultLifeSeconds = 60;

/**
 * Gets a token: with a refresh token by the OAuth 2 form, else by GET with the user's name and password or anonymously; servers that
 * know only the form get the form. Throws REGISTRY_UNAUTHORIZED, REGISTRY_RESPONSE, and TransientFailure when asking again may help.
 * Distribution's token authentication specification.
 */
export async function requestToken(transport: Transport, request: TokenRequest): Promise<AccessToken> {
  const { credentials } = request;
  if (credentials?.identityToken !== undefined) {
    return readToken(request, await send(transport, request, formFor(request, credentials.identityToken)));
  }
  const response = await send(transport, request, undefined);
  const formOnly = response.status === 404 || response.status === 405;
  if (formOnly && credentials?.password !== undefined) {
    await response.discard();
    return readToken(request, await send(transport, request, formFor(request, undefined)));
  }
  return readToken(request, response);
}

async function send(
  transport: Transport,
  request: TokenRequest,
  form: URLSearchParams | undefined,
): Promise<TransportResponse> {
  const { realm, service, scopes, credentials, signal } = request;
  try {
    if (form !== undefined) {
      return await transport.send({
        method: 'POST',
        url: realm,
        headers: { 'content-type': 'application/x-www-form-urlencoded', accept: 'application/json' },
        body: Buffer.from(form.toString()),
        confined: true,
        signal,
      });
    }
    const url = new URL(realm);
    if (service !== undefined) url.searchParams.set('service', service);
    for (const scope of scopes) url.searchParams.append('scope', scope);
    const authorization = basicAuthorization(credentials);
    if (authorization !== undefined) url.searchParams.set('account', credentials?.username ?? '');
    return await transport.send({ method: 'GET', url, headers: { accept: 'application/json' }, authorization, signal });
  } catch (cause) {
    if (cause instanceof LadingError) throw cause;
    const failure = new LadingError(
      'REGISTRY_UNREACHABLE',
      `Cannot log in to ${request.registry}: its token server ${realm.host} could not be reached`,
      {
        cause,
        hint: 'Check that this machine reaches it, and HTTP_PROXY and NO_PROXY.',
        transient: isConnectionLoss(cause),
      },
    );
    throw isConnectionLoss(cause) ? new TransientFailure(failure) : failure;
  }
}

function formFor({ service, scopes, credentials }: TokenRequest, refreshToken: Secret | undefined): URLSearchParams {
  const form = new URLSearchParams({ client_id: clientId });
  if (refreshToken !== undefined) {
    form.set('grant_type', 'refresh_token');
    form.set('refresh_token', refreshToken.reveal());
  } else {
    form.set('grant_type', 'password');
    form.set('username', credentials?.username ?? '');
    form.set('password', credentials?.password?.reveal() ?? '');
  }
  if (service !== undefined) form.set('service', service);
  if (scopes.length > 0) form.set('scope', scopes.join(' '));
  return form;
}

async function readToken(request: TokenRequest, response: TransportResponse): Promise<AccessToken> {
  if (response.status !== 200) throw await refusal(request, response);
  // Life is counted from before the answer is read, on this machine's clock: `issued_at` is the clock of another.
  const now = Date.now();
  const text = (await collect(response.body, { maxBytes: mostTokenBytes, what: 'token answer' })).toString('utf8');
  let answer: Record<string, unknown>;
  try {
    answer = Object(JSON.parse(text));
  } catch {
    answer = {};
  }
  const value = [answer.token, answer.access_token].find((each) => typeof each === 'string' && each !== '');
  // A header cannot carry control characters; a token that has some would be an injection.
  if (typeof value !== 'string' || !/^[\x21-\x7e]+$/.test(value)) {
    throw new LadingError(
      'REGISTRY_RESPONSE',
      `Cannot log in to ${request.registry}: ${request.realm.host} gave no usable token`,
      { details: { registry: request.registry, realm: request.realm.host } },
    );
  }
  const seconds = Number(answer.expires_in);
  const lifeMs = (Number.isFinite(seconds) && seconds > 0 ? Math.max(seconds, 10) : defaultLifeSeconds) * 1000;
  const refresh = answer.refresh_token;
  return {
    value: new Secret(value),
    lifeMs,
    staleAt: now + lifeMs - Math.min(lifeMs / 5, 15_000),
    refreshToken: typeof refresh === 'string' && refresh !== '' ? new Secret(refresh) : undefined,
  };
}

async function refusal(request: TokenRequest, response: TransportResponse): Promise<Error> {
  const { registry, realm, credentials } = request;
  const problems = await problemsOf(response);
  const { status } = response;
  const retryAfterMs = parseRetryAfter(headerOf(response.headers, 'retry-after'));
  const denied = status === 400 || status === 401 || status === 403;
  const failure = new LadingError(
    status === 429 ? 'REGISTRY_RATE_LIMITED' : denied ? 'REGISTRY_UNAUTHORIZED' : 'REGISTRY_RESPONSE',
    `Cannot log in to ${registry}: its token server ${realm.host} answered ${answerText(status, problems)}`,
    {
      hint: !denied
        ? 'The token server failed; try again later.'
        : `${credentials === undefined ? 'It wants credentials.' : 'The credentials were refused.'} Run: lading login ${registry}`,
      details: { registry, realm: realm.host, status, ...(retryAfterMs === undefined ? {} : { retryAfterMs }) },
      transient: isTransientStatus(status),
    },
  );
  if (!isTransientStatus(status)) return failure;
  return new TransientFailure(failure, retryAfterMs);
}
