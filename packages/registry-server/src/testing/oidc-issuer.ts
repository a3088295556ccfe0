// An OpenID Connect issuer on loopback: discovery, keys, and a login that asks no questions.
import { createHash, randomUUID } from 'node:crypto';
import type { TestContext } from 'node:test';
import { startHttpServer } from '@lading/testkit';
import { exportJWK, generateKeyPair, type JWTPayload, SignJWT } from 'jose';

export interface OidcIssuer {
  readonly url: string;
  /** Paths that were asked for. */
  readonly asked: string[];
  /** A token of the issuer with these claims; an hour long. */
  sign(claims: JWTPayload, options?: { readonly kid?: string; readonly expires?: string }): Promise<string>;
  /** New keys; the old ones are gone. */
  rotate(): Promise<void>;
}

/** `person` is who signs in; `clientId` is the only client. */
export async function startOidcIssuer(
  t: TestContext,
  options: { readonly person?: JWTPayload; readonly clientId?: string } = {},
): Promise<OidcIssuer> {
  let number = 0;
  let keys = await generateKeyPair('ES256');
  const codes = new Map<string, { readonly challenge: string; readonly nonce: string; readonly redirect: string }>();
  const asked: string[] = [];
  const sign: OidcIssuer['sign'] = (claims, { kid = `key-${number}`, expires = '1h' } = {}) =>
    new SignJWT(claims)
      .setProtectedHeader({ alg: 'ES256', kid })
      .setIssuer(url)
      .setIssuedAt()
      .setExpirationTime(expires)
      .sign(keys.privateKey);

  const { host } = await startHttpServer(t, async (request, response) => {
    const asking = new URL(request.url ?? '/', url);
    asked.push(asking.pathname);
    const json = (value: unknown, status = 200): unknown =>
      response.writeHead(status, { 'Content-Type': 'application/json' }).end(JSON.stringify(value));
    if (asking.pathname === '/.well-known/openid-configuration') {
      return json({
        issuer: url,
        jwks_uri: `${url}/keys`,
        authorization_endpoint: `${url}/authorize`,
        token_endpoint: `${url}/token`,
        response_types_supported: ['code'],
        subject_types_supported: ['public'],
        id_token_signing_alg_values_supported: ['ES256'],
        code_challenge_methods_supported: ['S256'],
      });
    }
    if (asking.pathname === '/keys') {
      return json({ keys: [{ ...(await exportJWK(keys.publicKey)), kid: `key-${number}`, alg: 'ES256', use: 'sig' }] });
    }
    if (asking.pathname === '/authorize') {
      const query = asking.searchParams;
      const redirect = query.get('redirect_uri') ?? '';
      const code = randomUUID();
      codes.set(code, { challenge: query.get('code_challenge') ?? '', nonce: query.get('nonce') ?? '', redirect });
      const back = new URL(redirect);
      back.searchParams.set('code', code);
      back.searchParams.set('state', query.get('state') ?? '');
      return response.writeHead(302, { Location: back.href }).end();
    }
    if (asking.pathname === '/token') {
      const form = new URLSearchParams(Buffer.concat(await Array.fromAsync(request)).toString());
      const code = codes.get(form.get('code') ?? '');
      codes.delete(form.get('code') ?? '');
      const challenge = createHash('sha256')
        .update(form.get('code_verifier') ?? '')
        .digest('base64url');
      if (code?.challenge !== challenge || form.get('redirect_uri') !== code.redirect)
        return json({ error: 'invalid_grant' }, 400);
      const idToken = await sign({
        sub: 'person-1',
        aud: options.clientId ?? 'registry',
        nonce: code.nonce,
        ...options.person,
      });
      return json({ access_token: randomUUID(), token_type: 'Bearer', expires_in: 60, id_token: idToken });
    }
    return json({}, 404);
  });
  const url = `http://${host}`;
  return {
    url,
    asked,
    sign,
    async rotate() {
      number += 1;
      keys = await generateKeyPair('ES256');
    },
  };
}
