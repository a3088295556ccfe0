import { createPrivateKey, createSign, randomUUID, X509Certificate } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import { findProgram, runProgram } from './program.ts';
import { temporaryFolder } from './temporary-folder.ts';
import { skipUnless } from './vectors.ts';

export interface TokenServerOptions {
  /** Passwords by user name. Whoever is no user gets tokens with `pull` alone. */
  readonly users?: Readonly<Record<string, string>>;
  /** Users by refresh token. */
  readonly refreshTokens?: Readonly<Record<string, string>>;
  /** Life of a token in seconds: 300. */
  readonly expiresIn?: number;
}

/** What the server was asked for. */
export interface TokenRequestSeen {
  readonly method: string;
  readonly user: string | undefined;
  readonly scopes: readonly string[];
}

export interface TokenServer {
  readonly realm: string;
  readonly service: string;
  readonly issuer: string;
  /** The PEM file of the certificate that signs. */
  readonly certificates: string;
  readonly seen: TokenRequestSeen[];
}

/**
 * A server of the token protocol: GET with Basic, and the OAuth 2 form with a password or a refresh token. Its tokens are RS256 JWTs with
 * `x5c`, as docker-registry checks them. Undefined after skipping the test because openssl is not installed.
 */
export async function startTokenServer(
  t: TestContext,
  { users = {}, refreshTokens = {}, expiresIn = 300 }: TokenServerOptions = {},
): Promise<TokenServer | undefined> {
  const openssl = findProgram('openssl');
  if (!skipUnless(t, openssl !== undefined, 'the program openssl')) return undefined;
  const folder = await temporaryFolder(t);
  const [key, certificates] = [join(folder, 'key.pem'), join(folder, 'certificate.pem')];
  const made = await runProgram(openssl ?? 'openssl', [
    ...['req', '-x509', '-newkey', 'rsa:2048', '-nodes', '-days', '2', '-subj', '/CN=tests'],
    ...['-keyout', key, '-out', certificates],
  ]);
  if (made.code !== 0) throw new Error(made.stderr);
  const privateKey = createPrivateKey(await readFile(key));
  const chain = new X509Certificate(await readFile(certificates)).raw.toString('base64');
  const [service, issuer] = ['registry of tests', 'issuer of tests'];
  const seen: TokenRequestSeen[] = [];

  const tokenFor = (user: string | undefined, scopes: readonly string[]): string => {
    const now = Math.floor(Date.now() / 1000);
    const access = scopes.map((scope) => {
      const [type = '', name = '', actions = ''] = scope.split(':');
      const allowed = actions.split(',').filter((action) => user !== undefined || action === 'pull');
      return { type, name, actions: allowed };
    });
    const claims = {
      iss: issuer,
      sub: user ?? '',
      aud: service,
      exp: now + expiresIn,
      nbf: now - 10,
      iat: now,
      jti: randomUUID(),
      access,
    };
    const part = (value: object): string => Buffer.from(JSON.stringify(value)).toString('base64url');
    const signed = `${part({ typ: 'JWT', alg: 'RS256', x5c: [chain] })}.${part(claims)}`;
    return `${signed}.${createSign('RSA-SHA256').update(signed).sign(privateKey, 'base64url')}`;
  };

  const server = createServer(async (request, response) => {
    const url = new URL(request.url ?? '/', 'http://localhost');
    const form = request.method === 'POST' ? new URLSearchParams(await textOf(request)) : undefined;
    const basic = /^Basic (.*)$/.exec(request.headers.authorization ?? '')?.[1];
    const [name, password] = form
      ? [form.get('username') ?? undefined, form.get('password') ?? undefined]
      : splitPair(basic === undefined ? undefined : Buffer.from(basic, 'base64').toString());
    const refresh = form?.get('refresh_token') ?? undefined;
    const user = refresh === undefined ? name : refreshTokens[refresh];
    const scopes = form ? (form.get('scope') ?? '').split(' ').filter(Boolean) : url.searchParams.getAll('scope');
    seen.push({ method: request.method ?? '', user, scopes });
    const valid = refresh === undefined ? name === undefined || users[name] === password : user !== undefined;
    response.setHeader('content-type', 'application/json');
    if (!valid) {
      response.statusCode = 401;
      response.end(JSON.stringify({ errors: [{ code: 'UNAUTHORIZED', message: 'wrong user name or password' }] }));
      return;
    }
    const token = tokenFor(user, scopes);
    response.end(JSON.stringify({ [form ? 'access_token' : 'token']: token, expires_in: expiresIn }));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  t.after(() => {
    server.close();
    server.closeAllConnections();
  });
  const realm = `http://127.0.0.1:${(server.address() as AddressInfo).port}/token`;
  return { realm, service, issuer, certificates, seen };
}

function splitPair(pair: string | undefined): [string | undefined, string | undefined] {
  if (pair === undefined) return [undefined, undefined];
  const colon = pair.indexOf(':');
  return [pair.slice(0, colon), pair.slice(colon + 1)];
}

async function textOf(request: IncomingMessage): Promise<string> {
  let text = '';
  for await (const chunk of request) text += chunk;
  return text;
}
