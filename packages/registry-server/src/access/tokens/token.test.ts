import assert from 'node:assert/strict';
import { createHmac, generateKeyPairSync, type KeyObject } from 'node:crypto';
import { writeFile } from 'node:fs/promises';
import { request } from 'node:http';
import { join } from 'node:path';
import { test } from 'node:test';
import { temporaryFolder } from '@lading/testkit';
import fc from 'fast-check';
import { SignJWT } from 'jose';
import { basic, pushImage, testAccess, tokenFor } from '../../testing/test-access.ts';
import { startTestRegistry } from '../../testing/test-registry.ts';
import { parseScopes } from './scope.ts';
import { createTokens } from './token.ts';
import { createSharedKeys, memoryKeyStore, readKeyFiles, type TokenKeys } from './token-keys.ts';

const hour = 3_600_000;
const ann = { identity: { kind: 'user' as const, name: 'ann', grants: [] }, stamp: 'x' };

function tokensWith(keys: TokenKeys, now: () => Date, service = 'registry.test') {
  return createTokens({ keys, service, accessMs: hour, refreshMs: 90 * 24 * hour, graceMs: 0, now });
}

test('replicas honour what each other signed, while keys rotate and until the old ones are over', async () => {
  let now = new Date('2030-01-01T00:00:00Z');
  const store = memoryKeyStore();
  const replica = () => createSharedKeys({ store, rotationMs: 24 * hour, overlapMs: 2 * hour, now: () => now });
  const [one, two] = [replica(), replica()];
  const first = await tokensWith(one, () => now).issueAccess(ann, []);
  assert.ok(await tokensWith(two, () => now).readAccess(first.token));
  now = new Date(now.getTime() + 24 * hour);
  const rotated = await one.current();
  assert.equal((await two.current()).id, rotated.id);
  const late = await tokensWith(one, () => new Date('2030-01-01T23:30:00Z')).readAccess(first.token);
  assert.equal(late, undefined, 'it was good for an hour');
  const other = replica();
  await other.current();
  const kid = (token: string): string => JSON.parse(Buffer.from(token.split('.')[0] ?? '', 'base64url').toString()).kid;
  assert.ok(await other.find(kid(first.token)), 'the key before is still known');
  now = new Date(now.getTime() + 3 * hour);
  const later = replica();
  await later.current();
  assert.equal(await later.find(kid(first.token)), undefined);
});

test('keys of files: the first signs, the others are honoured', async (t) => {
  const folder = await temporaryFolder(t);
  const paths = ['a', 'b'].map((name) => join(folder, name));
  const pem = (key: KeyObject): string => key.export({ type: 'pkcs8', format: 'pem' }) as string;
  for (const path of paths) await writeFile(path, pem(generateKeyPairSync('ed25519').privateKey));
  const [a = '', b = ''] = paths;
  const now = (): Date => new Date();
  const before = await tokensWith(await readKeyFiles([a]), now).issueAccess(ann, []);
  const rotated = await readKeyFiles([b, a]);
  assert.ok(await tokensWith(rotated, now).readAccess(before.token));
  assert.notEqual((await rotated.current()).id, (await (await readKeyFiles([a])).current()).id);
  await writeFile(a, pem(generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey));
  await assert.rejects(readKeyFiles([a]), /Cannot use the key .*: it is not an Ed25519 key/);
});

test('a token that this registry did not issue for itself opens nothing and breaks nothing', async (t) => {
  const { access } = await testAccess(t);
  const { url, host } = await startTestRegistry(t, { access });
  await pushImage(url, 'team/app', 'v1', basic('ann'));
  const { token } = await tokenFor(url, ['repository:team/app:pull'], basic('ann'));
  const [head = '', body = '', signature = ''] = token.split('.');
  const header = JSON.parse(Buffer.from(head, 'base64url').toString()) as Record<string, unknown>;
  const claims = JSON.parse(Buffer.from(body, 'base64url').toString()) as Record<string, unknown>;
  const encoded = (value: unknown): string => Buffer.from(JSON.stringify(value)).toString('base64url');
  const { privateKey, publicKey } = generateKeyPairSync('ed25519');
  const signed = (over: object, key: KeyObject = privateKey): Promise<string> =>
    new SignJWT(claims).setProtectedHeader({ alg: 'EdDSA', ...header, ...over }).sign(key);
  const elsewhere = createSharedKeys({ store: memoryKeyStore(), overlapMs: hour, now: () => new Date() });
  const hmac = createHmac('sha256', publicKey.export({ type: 'spki', format: 'pem' }));
  const macHead = encoded({ ...header, alg: 'HS256' });

  const hostile: Readonly<Record<string, string>> = {
    'alg none': `${encoded({ ...header, alg: 'none' })}.${body}.`,
    'alg none with a signature': `${encoded({ ...header, alg: 'NONE' })}.${body}.${signature}`,
    'a MAC': `${macHead}.${body}.${hmac.update(`${macHead}.${body}`).digest('base64url')}`,
    'another key': await signed({}),
    'a key that it brings along': await signed({ jwk: publicKey.export({ format: 'jwk' }) }),
    'a key by address': await signed({ jku: `${url}/auth/token`, x5u: 'file:///etc/passwd' }),
    'no kid': await signed({ kid: undefined }),
    'a kid that is a path': await signed({ kid: '../../../etc/passwd' }),
    'a kid that is SQL': await signed({ kid: "' OR 1=1 --" }),
    'a kid of __proto__': await signed({ kid: '__proto__' }),
    'a kid that is no text': `${encoded({ ...header, kid: { a: 1 } })}.${body}.${signature}`,
    'crit that nobody knows': `${encoded({ ...header, crit: ['x'], x: 1 })}.${body}.${signature}`,
    'other claims': `${head}.${encoded({ ...claims, sub: 'eve', access: [{ type: 'repository', name: 'x', actions: ['pull'] }] })}.${signature}`,
    'claims that are a list': `${head}.${encoded([])}.${signature}`,
    'a cut signature': token.slice(0, -5),
    'no parts': '.....',
    'a header that is deep': `${Buffer.from('['.repeat(5000)).toString('base64url')}.${body}.${signature}`,
    'much too long': 'a'.repeat(12_000),
    'for another registry': (await tokensWith(elsewhere, () => new Date(), 'other.example.org').issueAccess(ann, []))
      .token,
  };
  for (const [what, text] of Object.entries(hostile)) {
    const answer = await fetch(`${url}/v2/team/app/manifests/v1`, { headers: { Authorization: `Bearer ${text}` } });
    assert.equal(answer.status, 401, what);
    const challenge = answer.headers.get('www-authenticate') ?? '';
    assert.match(challenge, /^Bearer realm="[^"]+",service="[^"]+",scope="[^"]+",error="invalid_token"$/, what);
    const refresh = new URLSearchParams({ grant_type: 'refresh_token', refresh_token: text });
    assert.equal((await fetch(`${url}/auth/token`, { method: 'POST', body: refresh })).status, 401, what);
  }
  for (const Authorization of [
    'Basic',
    'Basic !!',
    'Basic bm9jb2xvbg==',
    'Bearer',
    'Bearer a b',
    'Digest x',
    'Basic AAA6AAA=',
    '\u00ff',
  ]) {
    const answer = await fetch(`${url}/v2/team/app/manifests/v1`, { headers: { Authorization } });
    assert.equal(answer.status, 401, Authorization);
  }
  // What a request says of itself never leaves the quotes of the challenge.
  for (const Host of ['evil", service="x', 'evil.example.org/..', `a${'b'.repeat(3000)}`, 'a@b', '']) {
    const answer = await new Promise<string>((resolve, reject) => {
      const asking = request(`http://${host}/v2/team/app/manifests/v1`, { headers: { Host } }, (incoming) => {
        incoming.resume();
        resolve(`${incoming.statusCode} ${incoming.headers['www-authenticate']}`);
      });
      asking.on('error', reject).end();
    });
    assert.match(
      answer,
      /^(400 undefined|401 Bearer realm="http:\/\/[A-Za-z0-9.:-]+\/auth\/token",service="registry\.test",scope="[^"]+")$/,
    );
  }
  assert.equal(
    (await fetch(`${url}/v2/team/app/manifests/v1`, { headers: { Authorization: `Bearer ${token}` } })).status,
    200,
  );
});

test('any scope text gives entries that are well formed, few and not longer than a header takes', () => {
  const part = fc.constantFrom(
    'repository',
    'registry',
    'catalog',
    ':',
    ',',
    '/',
    '*',
    'pull',
    'push',
    'a',
    'A',
    '..',
    ' ',
    '\n',
    'é',
  );
  fc.assert(
    fc.property(fc.array(fc.array(part, { maxLength: 12 }).map((parts) => parts.join(''))), (texts) => {
      for (const { type, name, actions } of parseScopes(texts)) {
        assert.match(`${type}:${name}`, /^(repository:[a-z0-9]+([._/-][a-z0-9]+)*|registry:(catalog|api))$/);
        assert.ok(actions.every((action) => ['pull', 'push', 'delete', 'admin', '*'].includes(action)));
      }
    }),
  );
  const many = Array.from({ length: 5000 }, (_, i) => `repository:team/app-${i}:pull,push`);
  assert.ok(JSON.stringify(parseScopes(many)).length < 10_000);
});
