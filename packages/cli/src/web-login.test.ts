import assert from 'node:assert/strict';
import { createHash, generateKeyPairSync, randomUUID, sign } from 'node:crypto';
import { chmod, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { isLongRun, startHttpServer } from '@lading/testkit';
import { openSandbox, startServe } from './testing/lading.ts';
import { writeSampleLayout } from './testing/sample-layout.ts';

/** An OpenID provider that knows one person and asks nothing. */
async function startProvider(t: TestContext): Promise<string> {
  const { publicKey, privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const codes = new Map<string, URLSearchParams>();
  const encoded = (value: object): string => Buffer.from(JSON.stringify(value)).toString('base64url');
  const { host } = await startHttpServer(t, async (request, response) => {
    const url = new URL(request.url ?? '/', `http://${host}`);
    const json = (value: object): unknown =>
      response.writeHead(200, { 'Content-Type': 'application/json' }).end(JSON.stringify(value));
    const issuer = `http://${host}`;
    if (url.pathname === '/.well-known/openid-configuration') {
      return json({
        issuer,
        jwks_uri: `${issuer}/keys`,
        authorization_endpoint: `${issuer}/authorize`,
        token_endpoint: `${issuer}/token`,
        response_types_supported: ['code'],
        id_token_signing_alg_values_supported: ['ES256'],
      });
    }
    if (url.pathname === '/keys')
      return json({ keys: [{ ...publicKey.export({ format: 'jwk' }), alg: 'ES256', use: 'sig' }] });
    if (url.pathname === '/authorize') {
      const code = randomUUID();
      codes.set(code, url.searchParams);
      const back = `${url.searchParams.get('redirect_uri')}?code=${code}&state=${url.searchParams.get('state')}`;
      return response.writeHead(302, { Location: back }).end();
    }
    const form = new URLSearchParams(Buffer.concat(await Array.fromAsync(request)).toString());
    const asked = codes.get(form.get('code') ?? '');
    const challenge = createHash('sha256')
      .update(form.get('code_verifier') ?? '')
      .digest('base64url');
    assert.equal(asked?.get('code_challenge'), challenge);
    const now = Math.floor(Date.now() / 1000);
    const claims = { iss: issuer, aud: 'lading', sub: '1', iat: now, exp: now + 60, nonce: asked?.get('nonce') };
    const text = `${encoded({ alg: 'ES256' })}.${encoded({ ...claims, email: 'cleo@example.org', email_verified: true })}`;
    const signature = sign('sha256', Buffer.from(text), { key: privateKey, dsaEncoding: 'ieee-p1363' });
    return json({ access_token: 'x', token_type: 'Bearer', id_token: `${text}.${signature.toString('base64url')}` });
  });
  return `http://${host}`;
}

/** What a browser does: it follows, and brings cookies back. */
const browser = `#!/usr/bin/env node
let [url, cookie] = [process.argv[2], ''];
for (let i = 0; i < 6 && url; i++) {
  const answer = await fetch(url, { redirect: 'manual', headers: cookie === '' ? {} : { cookie } });
  cookie = answer.headers.get('set-cookie')?.split(';')[0] ?? cookie;
  url = answer.headers.get('location');
}
`;

test('lading login --web signs in at the provider of the registry, and what it stores pushes', async (t) => {
  if (!isLongRun(t)) return;
  const sandbox = await openSandbox(t);
  const issuer = await startProvider(t);
  await writeFile(
    join(sandbox.folder, 'registry.yaml'),
    `access:\n  login: { issuer: "${issuer}", client-id: lading }\n  grants: [{ to: "person:*@example.org", repositories: "**", role: writer }]\n`,
  );
  const { host } = await startServe(t, sandbox, '--config', 'registry.yaml');
  const program = join(sandbox.folder, 'browser.mjs');
  await writeFile(program, browser);
  await chmod(program, 0o755);
  const PATH = `${process.execPath.slice(0, process.execPath.lastIndexOf('/'))}:${sandbox.env.PATH}`;
  const login = await sandbox.run(['login', '--web', host], { env: { BROWSER: program, PATH } });
  assert.equal(login.code, 0, login.stderr);
  assert.match(login.stdout, /logged in to .* as cleo@example\.org/);
  await writeSampleLayout(join(sandbox.folder, 'layout'));
  await sandbox.out('copy', 'oci:layout:amd64', `${host}/team/app:1`);
});
