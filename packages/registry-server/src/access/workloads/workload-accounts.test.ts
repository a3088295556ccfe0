import assert from 'node:assert/strict';
import { createHmac } from 'node:crypto';
import { type TestContext, test } from 'node:test';
import { exportJWK, exportSPKI, generateKeyPair, SignJWT } from 'jose';
import { type OidcIssuer, startOidcIssuer } from '../../testing/oidc-issuer.ts';
import { basic, pushImage, testAccess, tokenFor } from '../../testing/test-access.ts';
import { startTestRegistry } from '../../testing/test-registry.ts';
import { createIssuer } from './issuer.ts';
import { createWorkloadAccounts, type WorkloadRule } from './workload-accounts.ts';

const audience = 'registry.test';
const rules: readonly WorkloadRule[] = [
  {
    claims: { repository: 'org/*', 'runner.trusted': 'true' },
    grants: [{ repositories: 'org/**', actions: ['pull', 'push'] }],
  },
];
const claims = { sub: 'repo:org/app:main', repository: 'org/app', runner: { trusted: true }, aud: audience };

async function setUp(t: TestContext): Promise<{ issuer: OidcIssuer; url: string; faults: string[]; audience: string }> {
  const issuer = await startOidcIssuer(t);
  const faults: string[] = [];
  const { access } = await testAccess(t, {
    more: (grantsTo) => [
      createWorkloadAccounts({
        workloads: [{ name: 'ci', issuer: issuer.url, audience, keys: createIssuer({ issuer: issuer.url }), rules }],
        grantsTo,
        now: () => new Date(),
        onFault: (_workload, fault) => faults.push(fault),
      }),
    ],
  });
  const { url } = await startTestRegistry(t, { access });
  return { issuer, url, faults, audience };
}

test('a CI job pushes with the token of its platform, as password and as Bearer to the token server', async (t) => {
  const { issuer, url } = await setUp(t);
  const jwt = await issuer.sign(claims);
  await pushImage(url, 'org/app', 'v1', basic('oidc', jwt));
  for (const headers of [basic('anything', jwt), { Authorization: `Bearer ${jwt}` }]) {
    const issued = await tokenFor(url, ['repository:org/app:pull,push,delete', 'repository:team/app:pull'], headers);
    assert.equal(issued.scope, 'repository:org/app:pull,push');
    assert.equal(issued.refresh_token, undefined);
    await pushImage(url, 'org/app', 'v2', { Authorization: `Bearer ${issued.token}` });
    const other = await fetch(`${url}/v2/team/app/tags/list`, { headers: { Authorization: `Bearer ${issued.token}` } });
    assert.equal(other.status, 403);
  }
  assert.equal(issuer.asked.filter((path) => path === '/keys').length, 1);
});

test('claims that no rule fits, and tokens that are not for this registry or not of that issuer, open nothing', async (t) => {
  const { issuer, url, faults } = await setUp(t);
  const { privateKey, publicKey } = await generateKeyPair('ES256');
  const stranger = (header: object): Promise<string> =>
    new SignJWT(claims)
      .setProtectedHeader({ alg: 'ES256', kid: 'key-0', ...header })
      .setIssuer(issuer.url)
      .setIssuedAt()
      .setExpirationTime('1h')
      .sign(privateKey);
  const encoded = (value: object): string => Buffer.from(JSON.stringify(value)).toString('base64url');
  const now = Math.floor(Date.now() / 1000);
  const body = encoded({ ...claims, iss: issuer.url, iat: now, exp: now + 600 });
  const none = (alg: string): string => `${encoded({ alg, typ: 'JWT' })}.${body}.`;
  const hmacHead = `${encoded({ alg: 'HS256', kid: 'key-0' })}.${body}`;
  const hmac = createHmac('sha256', await exportSPKI(publicKey))
    .update(hmacHead)
    .digest('base64url');

  const hostile: Readonly<Record<string, string>> = {
    'another repository': await issuer.sign({ ...claims, repository: 'orgs/app' }),
    'a claim that is absent': await issuer.sign({ sub: 'x', aud: audience, repository: 'org/app' }),
    'a claim of another kind': await issuer.sign({ ...claims, runner: 'trusted' }),
    'another audience': await issuer.sign({ ...claims, aud: 'https://other.example.org' }),
    'no audience': await issuer.sign({ sub: claims.sub, repository: 'org/app', runner: { trusted: true } }),
    expired: await issuer.sign(claims, { expires: '-1h' }),
    'a key that the issuer does not have': await stranger({}),
    'a key in its own header': await stranger({ jwk: await exportJWK(publicKey) }),
    'a key at an address of its choice': await stranger({ jku: `${url}/keys`, kid: 'mine' }),
    'a kid that is a path': await stranger({ kid: '../../../../dev/null' }),
    'alg none': none('none'),
    'alg None': none('None'),
    'a MAC under the public key': `${hmacHead}.${hmac}`,
    'an issuer that is unknown': none('none').replace(body, encoded({ iss: 'https://evil.example.org' })),
    'claims that are no object': `${encoded({ alg: 'ES256' })}.${Buffer.from('null').toString('base64url')}.x`,
    nonsense: '..',
  };
  let i = 0;
  for (const [what, token] of Object.entries(hostile)) {
    // Another name each time, for failures are counted by name.
    assert.equal((await fetch(`${url}/auth/token`, { headers: basic(`n${i++}`, token) })).status, 401, what);
  }
  t.diagnostic(faults.join('; '));
  assert.equal((await fetch(`${url}/auth/token`, { headers: basic('ci', await issuer.sign(claims)) })).status, 200);
});

test('an issuer that is down says nothing about a token: the client is asked to come again', async (t) => {
  const gone = 'http://127.0.0.1:9';
  const issuer = createIssuer({ issuer: gone });
  const { access } = await testAccess(t, {
    more: (grantsTo) => [
      createWorkloadAccounts({
        workloads: [{ name: 'ci', issuer: gone, audience, keys: issuer, rules }],
        grantsTo,
        now: () => new Date(),
      }),
    ],
  });
  const { url } = await startTestRegistry(t, { access });
  const body = Buffer.from(JSON.stringify({ iss: gone })).toString('base64url');
  const answer = await fetch(`${url}/auth/token`, { headers: basic('x', `e30.${body}.x`) });
  assert.equal(answer.status, 429);
  assert.ok(answer.headers.get('retry-after'));
});
