import assert from 'node:assert/strict';
import { hash, randomBytes } from 'node:crypto';
import { type TestContext, test } from 'node:test';
import { createPersonalTokens, openCatalog } from '@lading/catalog';
import { startOidcIssuer } from '../../testing/oidc-issuer.ts';
import { basic, pushImage, testAccess, tokenFor } from '../../testing/test-access.ts';
import { startTestRegistry } from '../../testing/test-registry.ts';
import { createPersonalAccounts } from '../accounts/personal-accounts.ts';
import { createSharedKeys, memoryKeyStore } from '../tokens/token-keys.ts';
import { createLogin } from './login.ts';
import { createProvider } from './provider.ts';
import { createSealer } from './sealed.ts';

const person = { email: 'cleo@example.org', email_verified: true, groups: ['dev'] };

async function setUp(t: TestContext, claims: object = person): Promise<{ url: string; revoke: () => Promise<void> }> {
  const issuer = await startOidcIssuer(t, { person: claims as Record<string, unknown> });
  const catalog = await openCatalog({ path: ':memory:' });
  t.after(() => catalog.close());
  const tokens = createPersonalTokens(catalog);
  const now = (): Date => new Date();
  const keys = createSharedKeys({ store: memoryKeyStore(), overlapMs: 1000, now });
  const { access } = await testAccess(t, {
    rules: [{ to: ['group:dev'], repositories: ['dev/**'], actions: ['pull', 'push'] }],
    more: (grantsTo) => [createPersonalAccounts({ tokens, grantsTo, now })],
    pages: createLogin({
      provider: createProvider({
        issuer: issuer.url,
        clientId: 'registry',
        scopes: ['openid', 'email', 'groups'],
        nameClaim: 'email',
        groupsClaim: 'groups',
      }),
      sealer: createSealer(keys, now),
      tokens,
      tokenMs: 60_000,
      now,
    }),
  });
  const { url } = await startTestRegistry(t, { access });
  const revoke = async (): Promise<void> => {
    for (const { id } of await tokens.list(person.email)) await tokens.revoke(id);
  };
  return { url, revoke };
}

/** A browser that keeps one cookie and follows redirects to the callback. */
async function browse(start: string, headers: Record<string, string> = {}): Promise<Response> {
  const first = await fetch(start, { redirect: 'manual' });
  if (first.status !== 302) return first;
  const cookie = (first.headers.get('set-cookie') ?? '').split(';', 1)[0] ?? '';
  const provider = await fetch(first.headers.get('location') ?? '', { redirect: 'manual' });
  return fetch(provider.headers.get('location') ?? '', { redirect: 'manual', headers: { cookie, ...headers } });
}

test('a person signs in at the provider and gets a token for docker login, as page and as JSON', async (t) => {
  const { url, revoke } = await setUp(t);
  const shown = await browse(`${url}/auth/login`);
  assert.equal(shown.status, 200);
  assert.match(shown.headers.get('content-security-policy') ?? '', /default-src 'none'/);
  assert.equal(shown.headers.get('cache-control'), 'no-store');
  const html = await shown.text();
  assert.match(html, /Signed in as cleo@example\.org/);
  assert.match(html, /ldp_[0-9a-f]{18}_/);

  const answer = await browse(`${url}/auth/login`, { accept: 'application/json' });
  const { username, token } = (await answer.json()) as { username: string; token: string };
  assert.equal(username, 'cleo@example.org');
  await pushImage(url, 'dev/app', 'v1', basic(username, token));
  assert.equal(
    (await tokenFor(url, ['repository:dev/app:pull,push'], basic(username, token))).scope,
    'repository:dev/app:pull,push',
  );
  assert.equal((await fetch(`${url}/v2/`, { headers: basic('ann@example.org', token) })).status, 401);
  await revoke();
  assert.equal((await fetch(`${url}/auth/token`, { headers: basic('nobody', token) })).status, 401);
});

test('a program on the machine gets the token by a code that only it can use, once', async (t) => {
  const { url } = await setUp(t);
  const verifier = randomBytes(32).toString('base64url');
  const query = new URLSearchParams({
    port: '43210',
    challenge: hash('sha256', verifier, 'base64url'),
    state: 's'.repeat(22),
  });
  const back = await browse(`${url}/auth/login?${query}`);
  assert.equal(back.status, 302);
  const location = new URL(back.headers.get('location') ?? '');
  assert.equal(location.origin, 'http://127.0.0.1:43210');
  assert.equal(location.searchParams.get('state'), 's'.repeat(22));
  const exchange = (fields: Record<string, string>): Promise<Response> =>
    fetch(`${url}/auth/exchange`, { method: 'POST', body: new URLSearchParams(fields) });
  const code = location.searchParams.get('code') ?? '';
  assert.equal((await exchange({ code, verifier: 'guess' })).status, 400);
  const got = await exchange({ code, verifier });
  assert.equal(got.status, 200);
  const { username, token } = (await got.json()) as { username: string; token: string };
  await pushImage(url, 'dev/app', 'v1', basic(username, token));
  assert.equal((await exchange({ code, verifier })).status, 400, 'only once');
});

test('made-up callbacks, ports and cookies, and addresses that are not verified, open nothing', async (t) => {
  const { url } = await setUp(t, { email: 'cleo@example.org', email_verified: false });
  const unverified = await browse(`${url}/auth/login`);
  assert.equal(unverified.status, 403);
  assert.match(await unverified.text(), /has not verified the address/);
  assert.equal((await fetch(`${url}/auth/callback?code=x&state=y`)).status, 400);
  const first = await fetch(`${url}/auth/login`, { redirect: 'manual' });
  const cookie = (first.headers.get('set-cookie') ?? '').split(';', 1)[0] ?? '';
  assert.match(first.headers.get('set-cookie') ?? '', /; Path=\/auth; Max-Age=600; HttpOnly; SameSite=Lax$/);
  const forged = await fetch(`${url}/auth/callback?code=x&state=<script>alert(1)</script>`, { headers: { cookie } });
  assert.equal(forged.status, 403);
  assert.doesNotMatch(await forged.text(), /<script/);
  for (const query of [
    'port=80',
    'port=99999',
    'port=x',
    'port=4000',
    `port=4000&challenge=${'a'.repeat(22)}&state=%0d%0aX:y`,
  ])
    assert.equal((await fetch(`${url}/auth/login?${query}`, { redirect: 'manual' })).status, 400, query);
  for (const cookieText of ['lading-login=e30.e30.e30.e30.e30', `lading-login=${'a'.repeat(9000)}`])
    assert.equal((await fetch(`${url}/auth/callback`, { headers: { cookie: cookieText } })).status, 400);
});
