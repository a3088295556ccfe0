import assert from 'node:assert/strict';
import { test } from 'node:test';
import { openCatalog } from '../open-catalog.ts';
import { createPersonalTokens } from './personal-tokens.ts';
import { createRobots } from './robots.ts';
import { createTokenKeyTable } from './token-keys.ts';

const grants = [{ repositories: 'team/**', actions: ['pull', 'push'] }];
const by = { name: 'user:ann' };

test('a robot is made, rotated with an overlap, disabled and deleted', async (t) => {
  let now = new Date('2030-01-01T00:00:00Z');
  const catalog = await openCatalog({ path: ':memory:', now: () => now });
  t.after(() => catalog.close());
  const robots = createRobots(catalog);
  const made = await robots.create({ name: 'ci', grants, secret: { id: 'a', hash: 'hash a' } }, by);
  assert.deepEqual(made?.secrets, [{ id: 'a', createdAt: now, endsAt: undefined }]);
  assert.equal(made?.createdBy, 'user:ann');
  assert.deepEqual(made?.grants, grants);
  assert.equal(await robots.create({ name: 'ci', grants, secret: { id: 'b', hash: '' } }), undefined);

  const until = new Date('2030-01-02T00:00:00Z');
  const rotated = await robots.rotate('ci', { id: 'b', hash: 'hash b' }, until, by);
  assert.deepEqual(
    rotated?.secrets.map(({ id, endsAt }) => [id, endsAt]),
    [
      ['b', undefined],
      ['a', until],
    ],
  );
  // A second rotation makes no earlier end later, and forgets what is over.
  const later = new Date('2030-01-05T00:00:00Z');
  assert.equal(
    (await robots.rotate('ci', { id: 'c', hash: '' }, later))?.secrets[2]?.endsAt?.getTime(),
    until.getTime(),
  );
  now = new Date('2030-01-03T00:00:00Z');
  const last = await robots.rotate('ci', { id: 'd', hash: '' }, later);
  assert.deepEqual(
    last?.secrets.map(({ id }) => id),
    ['d', 'c', 'b'],
  );
  assert.equal((await robots.bySecret('b'))?.hash, 'hash b');
  assert.equal(await robots.bySecret('a'), undefined);

  assert.equal((await robots.disable('ci', true))?.disabled, true);
  assert.equal((await robots.get('ci'))?.disabled, true);
  assert.equal(await robots.disable('other', true), undefined);
  assert.equal((await Array.fromAsync(robots.list())).length, 1);
  assert.equal(await robots.delete('ci', by), true);
  assert.equal(await robots.delete('ci', by), false);
  assert.equal(await robots.bySecret('d'), undefined);
});

test('a personal token is found until it is revoked', async (t) => {
  const catalog = await openCatalog({ path: ':memory:' });
  t.after(() => catalog.close());
  const tokens = createPersonalTokens(catalog);
  const expiresAt = new Date(Date.now() + 60_000);
  await tokens.create({ id: 'a', owner: 'ann@example.org', groups: ['dev'], hash: 'hash', expiresAt }, by);
  assert.deepEqual((await tokens.find('a'))?.token.groups, ['dev']);
  assert.equal((await tokens.list('ann@example.org')).length, 1);
  assert.equal(await tokens.revoke('a'), true);
  assert.equal(await tokens.revoke('a'), false);
  assert.equal(await tokens.find('a'), undefined);
});

test('a key is made once for all who ask, and again only when the youngest is due', async (t) => {
  const catalog = await openCatalog({ path: ':memory:' });
  t.after(() => catalog.close());
  const table = createTokenKeyTable(catalog);
  let made = 0;
  const at = (hours: number): Date => new Date(Date.UTC(2030, 0, 1, hours));
  const ask = (hours: number): Promise<readonly { id: string }[]> =>
    table.keys(at(hours - 30), at(hours - 10), () => ({ id: `${++made}`, privateKey: 'pem', createdAt: at(hours) }));
  await Promise.all([ask(0), ask(0)]);
  assert.deepEqual(
    (await ask(9)).map(({ id }) => id),
    ['1'],
  );
  assert.deepEqual(
    (await ask(10)).map(({ id }) => id),
    ['2', '1'],
  );
  assert.deepEqual(
    (await ask(31)).map(({ id }) => id),
    ['3', '2'],
  );
});
