import assert from 'node:assert/strict';
import { writeFile } from 'node:fs/promises';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { hashSync } from 'bcryptjs';
import { basic, pushImage, testAccess, tokenFor } from '../testing/test-access.ts';
import { startTestRegistry } from '../testing/test-registry.ts';
import { compileSubjects } from './subject.ts';

const bearer = (token: string): Record<string, string> => ({ Authorization: `Bearer ${token}` });

test('whoever has no credential reads what is public and is told how to sign in for the rest', async (t) => {
  const { access } = await testAccess(t);
  const { url, host } = await startTestRegistry(t, { access });
  await pushImage(url, 'public/app', 'v1', basic('ann'));
  await pushImage(url, 'team/app', 'v1', basic('ann'));

  assert.equal((await fetch(`${url}/v2/public/app/manifests/v1`)).status, 200);
  const ping = await fetch(`${url}/v2/`);
  assert.equal(ping.status, 401);
  assert.equal(
    ping.headers.get('www-authenticate'),
    `Bearer realm="http://${host}/auth/token",service="registry.test"`,
  );
  assert.equal(ping.headers.get('docker-distribution-api-version'), 'registry/2.0');

  for (const [method, path, scope] of [
    ['GET', '/v2/team/app/manifests/v1', 'repository:team/app:pull'],
    ['GET', '/v2/team/none/tags/list', 'repository:team/none:pull'],
    ['POST', '/v2/public/app/blobs/uploads/', 'repository:public/app:pull,push'],
    ['DELETE', '/v2/public/app/manifests/v1', 'repository:public/app:delete'],
  ] as const) {
    const refused = await fetch(url + path, { method });
    assert.equal(refused.status, 401, path);
    assert.equal(
      refused.headers.get('www-authenticate'),
      `Bearer realm="http://${host}/auth/token",service="registry.test",scope="${scope}"`,
    );
    assert.equal(((await refused.json()) as { errors: { code: string }[] }).errors[0]?.code, 'UNAUTHORIZED');
  }
});

test('users do with Basic what they are granted, and are denied the rest', async (t) => {
  const { access, reported } = await testAccess(t);
  const { url } = await startTestRegistry(t, { access });
  await pushImage(url, 'team/app', 'v1', basic('bob'));
  assert.equal((await fetch(`${url}/v2/`, { headers: basic('bob') })).status, 200);
  assert.equal((await fetch(`${url}/v2/team/app/manifests/v1`, { headers: basic('bob') })).status, 200);
  const wrong = await fetch(`${url}/v2/team/app/manifests/v1`, { headers: basic('bob', 'x') });
  assert.equal(wrong.status, 401);
  assert.match(wrong.headers.get('www-authenticate') ?? '', /^Bearer .*,scope="repository:team\/app:pull"$/);
  for (const [method, path] of [
    ['DELETE', '/v2/team/app/manifests/v1'],
    ['GET', '/v2/other/app/manifests/v1'],
    ['POST', '/v2/public/app/blobs/uploads/'],
  ] as const) {
    const denied = await fetch(url + path, { method, headers: basic('bob') });
    assert.equal(denied.status, 403, path);
    assert.equal(denied.headers.get('www-authenticate'), null);
    assert.equal(((await denied.json()) as { errors: { code: string }[] }).errors[0]?.code, 'DENIED');
  }
  await sleep(20);
  assert.ok(reported.some(({ action, detail }) => action === 'access.denied' && detail === 'delete team/app'));
  assert.ok(reported.some(({ action, subject }) => action === 'login.failed' && subject === 'bob'));
});

test('a token holds what was asked for and may be had: several scopes, unknown ones ignored', async (t) => {
  const { access } = await testAccess(t);
  const { url } = await startTestRegistry(t, { access });
  await pushImage(url, 'team/app', 'v1', basic('ann'));
  await pushImage(url, 'other/app', 'v1', basic('ann'));

  const issued = await tokenFor(
    url,
    [
      'repository:team/app:pull,push,delete,fly',
      'repository:other/app:pull repository:public/x:*',
      'wine:red:drink',
      'x',
      'repository:A:pull',
    ],
    basic('bob'),
  );
  assert.equal(issued.token, issued.access_token);
  assert.equal(issued.expires_in, 3600);
  assert.ok(Math.abs(Date.parse(issued.issued_at) - Date.now()) < 5000);
  assert.equal(issued.scope, 'repository:team/app:pull,push repository:public/x:pull');
  assert.equal(issued.refresh_token, undefined);

  const headers = bearer(issued.token);
  assert.equal((await fetch(`${url}/v2/`, { headers })).status, 200);
  assert.equal((await fetch(`${url}/v2/team/app/manifests/v1`, { headers })).status, 200);
  assert.equal((await fetch(`${url}/v2/team/app/manifests/v1`, { headers, method: 'DELETE' })).status, 403);
  assert.equal((await fetch(`${url}/v2/other/app/manifests/v1`, { headers })).status, 403);
  // Bob may have more than this token holds, and is told how to get it.
  const more = await fetch(`${url}/v2/team/tool/manifests/v1`, { headers });
  assert.equal(more.status, 401);
  assert.match(
    more.headers.get('www-authenticate') ?? '',
    /,scope="repository:team\/tool:pull",error="insufficient_scope"$/,
  );

  const nothing = await tokenFor(url, ['repository:team/app:pull']);
  assert.equal(nothing.scope, '');
  assert.equal((await fetch(`${url}/v2/`, { headers: bearer(nothing.token) })).status, 200);
  assert.equal((await fetch(`${url}/v2/team/app/manifests/v1`, { headers: bearer(nothing.token) })).status, 401);
  assert.equal((await fetch(`${url}/auth/token`, { headers: basic('bob', 'x') })).status, 401);
});

test('POST gives tokens for a password and for a refresh token, until the password changes', async (t) => {
  const { access, htpasswd, clock } = await testAccess(t);
  const { url } = await startTestRegistry(t, { access });
  const post = (fields: Record<string, string>): Promise<Response> =>
    fetch(`${url}/auth/token`, { method: 'POST', body: new URLSearchParams(fields) });
  const common = { service: 'registry.test', client_id: 'docker', scope: 'repository:team/app:pull,push' };
  const login = await post({
    ...common,
    grant_type: 'password',
    username: 'bob',
    password: 'secret of bob',
    access_type: 'offline',
  });
  assert.equal(login.status, 200);
  assert.equal(login.headers.get('cache-control'), 'no-store');
  const { refresh_token: refresh = '' } = (await login.json()) as { refresh_token?: string };
  const got = await tokenFor(url, [], basic('bob'), '&offline_token=true&account=bob');
  assert.ok(got.refresh_token);

  const again = await post({ ...common, grant_type: 'refresh_token', refresh_token: refresh });
  assert.equal(again.status, 200);
  const { access_token: token, scope } = (await again.json()) as { access_token: string; scope: string };
  assert.equal(scope, 'repository:team/app:pull,push');
  await pushImage(url, 'team/app', 'v1', bearer(token));
  // Neither passes for the other.
  assert.equal((await fetch(`${url}/v2/`, { headers: bearer(refresh) })).status, 401);
  assert.equal((await post({ ...common, grant_type: 'refresh_token', refresh_token: token })).status, 401);

  for (const fields of [
    { grant_type: 'password', username: 'bob', password: 'x' },
    { grant_type: 'refresh_token' },
  ] as Record<string, string>[])
    assert.equal((await post(fields)).status, 401);
  assert.equal((await post({ grant_type: 'magic' })).status, 400);
  assert.equal((await fetch(`${url}/auth/token`, { method: 'POST', body: 'x'.repeat(70_000) })).status, 400);
  assert.equal((await fetch(`${url}/auth/token`, { method: 'DELETE' })).status, 405);

  await writeFile(htpasswd, `bob:${hashSync('another', 4)}\n`);
  clock.now = new Date(clock.now.getTime() + 1500);
  assert.equal((await post({ ...common, grant_type: 'refresh_token', refresh_token: refresh })).status, 401);
  assert.equal((await fetch(`${url}/v2/team/app/manifests/v1`, { headers: bearer(token) })).status, 401);
  assert.equal((await fetch(`${url}/v2/team/app/manifests/v1`, { headers: basic('bob') })).status, 401);
});

test('a token that has expired is refused with the scope to ask for, but an upload that began in time may end', async (t) => {
  const { access, clock } = await testAccess(t);
  const { url } = await startTestRegistry(t, { access });
  const { token } = await tokenFor(url, ['repository:team/app:pull,push'], basic('bob'));
  const headers = bearer(token);
  const begun = await fetch(`${url}/v2/team/app/blobs/uploads/`, { method: 'POST', headers });
  assert.equal(begun.status, 202);
  clock.now = new Date(clock.now.getTime() + 2 * 3_600_000);
  const refused = await fetch(`${url}/v2/team/app/blobs/uploads/`, { method: 'POST', headers });
  assert.equal(refused.status, 401);
  assert.match(
    refused.headers.get('www-authenticate') ?? '',
    /,scope="repository:team\/app:pull,push",error="invalid_token"$/,
  );
  const location = url + begun.headers.get('location');
  const chunk = await fetch(location, { method: 'PATCH', headers, body: 'x' });
  assert.equal(chunk.status, 202);
  clock.now = new Date(clock.now.getTime() + 12 * 3_600_000);
  assert.equal((await fetch(location, { method: 'PATCH', headers, body: 'x' })).status, 401);
});

test('a mount from where the caller may not read becomes an upload, and the catalog shows what may be pulled', async (t) => {
  const { access } = await testAccess(t);
  const { url } = await startTestRegistry(t, { access });
  const { layer } = await pushImage(url, 'secret/app', 'v1', basic('ann'));
  await pushImage(url, 'team/app', 'v1', basic('ann'));
  await pushImage(url, 'public/app', 'v1', basic('ann'));
  for (const query of [`mount=${layer}&from=secret/app`, `mount=${layer}`]) {
    const answer = await fetch(`${url}/v2/team/app/blobs/uploads/?${query}`, { method: 'POST', headers: basic('bob') });
    assert.equal(answer.status, 202, query);
  }
  assert.equal((await fetch(`${url}/v2/team/app/blobs/${layer}`, { headers: basic('bob') })).status, 404);
  const mounted = await fetch(`${url}/v2/team/app/blobs/uploads/?mount=${layer}&from=secret/app`, {
    method: 'POST',
    headers: basic('ann'),
  });
  assert.equal(mounted.status, 201);

  const list = async (headers: Record<string, string>): Promise<unknown> =>
    ((await (await fetch(`${url}/v2/_catalog`, { headers })).json()) as { repositories?: unknown }).repositories;
  assert.deepEqual(await list(basic('ann')), ['public/app', 'secret/app', 'team/app']);
  assert.deepEqual(await list(basic('bob')), ['public/app', 'team/app']);
  assert.deepEqual(await list({}), ['public/app']);
  const token = async (name: string, scope: string) => bearer((await tokenFor(url, [scope], basic(name))).token);
  assert.deepEqual(await list(await token('bob', 'registry:catalog:*')), ['public/app', 'team/app']);
  assert.deepEqual(await list(await token('bob', 'repository:team/app:pull')), ['team/app']);
});

test('passwords cannot be tried for long, while those that are known go on', async (t) => {
  const { access, reported } = await testAccess(t);
  const { url } = await startTestRegistry(t, { access });
  assert.equal((await fetch(`${url}/v2/`, { headers: basic('bob') })).status, 200);
  const statuses: number[] = [];
  let last: Response | undefined;
  for (let i = 0; i < 12; i++) {
    last = await fetch(`${url}/v2/`, { headers: basic('bob', `guess ${i}`) });
    statuses.push(last.status);
  }
  assert.deepEqual(statuses, [...Array(10).fill(401), 429, 429]);
  assert.ok(Number(last?.headers.get('retry-after')) >= 1);
  assert.equal((await fetch(`${url}/v2/`, { headers: basic('bob') })).status, 200, 'remembered');
  assert.equal((await fetch(`${url}/v2/`, { headers: basic('ann') })).status, 200, 'somebody else');
  await sleep(20);
  assert.ok(reported.some(({ action }) => action === 'login.limited'));
});

test('passwords that are tried at once count as many times as those that are tried in turn', async (t) => {
  const { access } = await testAccess(t);
  const { url } = await startTestRegistry(t, { access });
  const tries = (count: number): Promise<number[]> =>
    Promise.all(
      Array.from({ length: count }, async (_, i) => {
        const { status, headers } = await fetch(`${url}/v2/`, { headers: basic('bob', `guess ${i}`) });
        return status === 429 ? Number(headers.get('retry-after')) : 0;
      }),
    );
  await tries(30);
  // Twenty beyond the allowance of ten a minute: two minutes, and not six seconds.
  assert.ok(Math.min(...(await tries(1))) > 60);
});

test('whoever asks for anonymous tokens is counted, also by POST', async (t) => {
  const { access } = await testAccess(t, {
    limits: [{ to: compileSubjects(['anonymous']), requests: { count: 2, perMs: 3_600_000 } }],
  });
  const { url } = await startTestRegistry(t, { access });
  const ask = async (method: string): Promise<number> => {
    const body = method === 'POST' ? { body: new URLSearchParams({ scope: 'repository:public/app:pull' }) } : {};
    return (await fetch(`${url}/auth/token`, { method, ...body })).status;
  };
  assert.deepEqual([await ask('POST'), await ask('GET'), await ask('POST'), await ask('GET')], [200, 200, 429, 429]);
});
