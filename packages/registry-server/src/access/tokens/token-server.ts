import type { IncomingMessage } from 'node:http';
import { type Answer, json, problem } from '../../answer.ts';
import type { Account } from '../account.ts';
import { parseCredential } from '../credential.ts';
import { readForm } from '../internal/read-form.ts';
import { grantedScopes, parseScopes } from './scope.ts';
import type { Tokens } from './token.ts';

export interface TokenServerParts {
  readonly tokens: Tokens;
  /** Who a name and a password are, or the refusal. */
  readonly authenticate: (name: string, secret: string, request: IncomingMessage) => Promise<Account | Answer>;
  /** Who holds a refresh token; undefined when it is none, or is not honoured any more. */
  readonly refresh: (token: string) => Promise<Account | undefined>;
  /** Who asks without a password: someone with a client certificate, or anonymous; or that they ask too often. */
  readonly unnamed: (request: IncomingMessage) => Account | Answer;
}

/**
 * The token server that Docker's clients expect (distribution's token specification, and its OAuth2 form with POST). It grants what the
 * account may do of what was asked for, which may be nothing; only a wrong credential is refused.
 */
export function createTokenServer(parts: TokenServerParts): (request: IncomingMessage) => Promise<Answer> {
  return async (request) => {
    const asked = request.method === 'POST' ? await posted(parts, request) : await got(parts, request);
    if ('status' in asked) return asked;
    const { account, scopes, offline, refreshToken } = asked;
    const granted = grantedScopes(parseScopes(scopes), account.identity);
    const issued = await parts.tokens.issueAccess(account, granted);
    const refresh = refreshToken ?? (offline ? await parts.tokens.issueRefresh(account) : undefined);
    return json(
      200,
      {
        token: issued.token,
        access_token: issued.token,
        token_type: 'Bearer',
        expires_in: issued.expiresInSeconds,
        issued_at: issued.issuedAt.toISOString(),
        scope: granted.map(({ type, name, actions }) => `${type}:${name}:${actions.join(',')}`).join(' '),
        ...(refresh === undefined ? {} : { refresh_token: refresh }),
      },
      { 'Cache-Control': 'no-store' },
    );
  };
}

interface Asked {
  readonly account: Account;
  readonly scopes: readonly string[];
  readonly offline: boolean;
  /** Given back as it came. */
  readonly refreshToken?: string;
}

async function got(parts: TokenServerParts, request: IncomingMessage): Promise<Asked | Answer> {
  if (request.method !== 'GET') return problem(405, 'UNSUPPORTED', 'Tokens are asked for with GET or POST');
  const url = request.url ?? '';
  const query = new URLSearchParams(url.includes('?') ? url.slice(url.indexOf('?') + 1) : '');
  const account = await accountOf(parts, request);
  if ('status' in account) return account;
  return { account, scopes: query.getAll('scope'), offline: query.get('offline_token') === 'true' };
}

async function posted(parts: TokenServerParts, request: IncomingMessage): Promise<Asked | Answer> {
  const form = await readForm(request);
  if (form === undefined) {
    return problem(400, 'UNSUPPORTED', 'The body is not a form (application/x-www-form-urlencoded) of at most 64 KiB', {
      // What is left of it is not read.
      headers: { Connection: 'close' },
    });
  }
  const scopes = form.getAll('scope');
  const offline = form.get('access_type') === 'offline';
  const grant = form.get('grant_type');
  if (grant === 'refresh_token') {
    const refreshToken = form.get('refresh_token') ?? '';
    const account = await parts.refresh(refreshToken);
    if (account === undefined) return problem(401, 'UNAUTHORIZED', 'The refresh token is not valid, or not any more');
    return { account, scopes, offline, refreshToken };
  }
  if (grant === 'password') {
    const account = await parts.authenticate(form.get('username') ?? '', form.get('password') ?? '', request);
    return 'status' in account ? account : { account, scopes, offline };
  }
  if (grant !== null && grant !== 'client_credentials') {
    return problem(400, 'UNSUPPORTED', 'The parameter "grant_type" must be password or refresh_token');
  }
  const account = await accountOf(parts, request);
  return 'status' in account ? account : { account, scopes, offline };
}

/** Who the Authorization header names. A Bearer token here is a workload's own, as if it were a password. */
function accountOf(parts: TokenServerParts, request: IncomingMessage): Promise<Account | Answer> | Account | Answer {
  const header = request.headers.authorization;
  if (header === undefined) return parts.unnamed(request);
  const credential = parseCredential(header);
  if (credential === undefined) return problem(401, 'UNAUTHORIZED', 'The Authorization header cannot be read');
  return credential.kind === 'basic'
    ? parts.authenticate(credential.name, credential.secret, request)
    : parts.authenticate('', credential.token, request);
}
