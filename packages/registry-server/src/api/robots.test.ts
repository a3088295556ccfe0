import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createRobots, openCatalog } from '@lading/catalog';
import { createRobotAccounts } from '../access/accounts/robot-accounts.ts';
import { basic, pushImage, testAccess, tokenFor } from '../testing/test-access.ts';
import { startTestRegistry } from '../testing/test-registry.ts';

interface Shown {
  readonly name: string;
  readonly login: string;
  readonly secret: string;
  readonly disabled: boolean;
  readonly secrets: readonly { readonly id: string; readonly endsAt?: string }[];
}

test('a robot is made, signs in, is rotated with an overlap, and is out at once when disabled', async (t) => {
  const catalog = await openCatalog({ path: ':memory:' });
  t.after(() => catalog.close());
  const { access, clock } = await testAccess(t, {
    more: (grantsTo) => [createRobotAccounts({ robots: createRobots(catalog), grantsTo, now: () => clock.now })],
  });
  const { url } = await startTestRegistry(t, { access, catalog });
  const call = (method: string, path: string, body?: object, headers = basic('ann')): Promise<Response> =>
    fetch(`${url}/api/v1${path}`, {
      method,
      headers: { ...headers, ...(body === undefined ? {} : { 'Content-Type': 'application/json' }) },
      body: body === undefined ? null : JSON.stringify(body),
    });
  const grants = [{ repositories: 'team/**', actions: ['pull', 'push'] }];

  assert.equal((await call('POST', '/robots', { name: 'ci', grants }, basic('bob'))).status, 403);
  const anonymous = await call('GET', '/robots', undefined, {});
  assert.equal(anonymous.status, 401);
  assert.match(anonymous.headers.get('www-authenticate') ?? '', /,scope="registry:api:\*"$/);
  assert.equal(
    (await call('POST', '/robots', { name: 'ci', grants: [{ repositories: 'a**', actions: ['pull'] }] })).status,
    400,
  );
  assert.equal((await call('POST', '/robots', { name: 'c/i', grants })).status, 400);
  const made = await call('POST', '/robots', { name: 'ci', grants, description: 'builds', expiresIn: '30d' });
  assert.equal(made.status, 201);
  const robot = (await made.json()) as Shown;
  assert.equal(robot.login, 'robot+ci');
  assert.equal((await call('POST', '/robots', { name: 'ci', grants })).status, 409);

  const first = basic(robot.login, robot.secret);
  await pushImage(url, 'team/app', 'v1', first);
  assert.equal((await fetch(`${url}/v2/other/tags/list`, { headers: first })).status, 403);
  assert.equal((await call('GET', '/robots', undefined, first)).status, 403);
  assert.equal((await fetch(`${url}/v2/`, { headers: basic('robot+other', robot.secret) })).status, 401);
  const issued = await tokenFor(url, ['repository:team/app:pull,push'], first, '&offline_token=true');
  assert.ok(issued.refresh_token);

  const rotated = (await (await call('POST', '/robots/ci/rotate', { overlap: '1h' })).json()) as Shown;
  const second = basic(robot.login, rotated.secret);
  const status = async (headers: Record<string, string>): Promise<number> =>
    (await fetch(`${url}/v2/team/app/manifests/v1`, { headers })).status;
  assert.deepEqual([await status(first), await status(second)], [200, 200]);
  clock.now = new Date(clock.now.getTime() + 3_700_000);
  assert.deepEqual([await status(first), await status(second)], [401, 200], 'the overlap is over');
  assert.equal(
    await status({ Authorization: `Bearer ${issued.token}` }),
    401,
    'and with it what was got by the old secret',
  );

  const shown = await (await call('GET', '/robots')).text();
  assert.ok(!shown.includes(rotated.secret) && !shown.includes('hash'));
  const { token } = await tokenFor(url, ['repository:team/app:pull'], second);
  assert.equal(await status({ Authorization: `Bearer ${token}` }), 200);
  assert.equal(((await (await call('PATCH', '/robots/ci', { disabled: true })).json()) as Shown).disabled, true);
  clock.now = new Date(clock.now.getTime() + 1001);
  assert.deepEqual([await status(second), await status({ Authorization: `Bearer ${token}` })], [401, 401]);
  await call('PATCH', '/robots/ci', { disabled: false });
  assert.equal(await status(second), 200);
  clock.now = new Date(clock.now.getTime() + 31 * 86_400_000);
  assert.equal(await status(second), 401, 'the robot has expired');

  assert.equal((await call('DELETE', '/robots/ci')).status, 204);
  assert.equal((await call('DELETE', '/robots/ci')).status, 404);
  assert.equal((await call('POST', '/robots/ci/rotate', {})).status, 404);
});
