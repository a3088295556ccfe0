import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createPersonalTokens, openCatalog } from '@lading/catalog';
import { createPersonalAccounts } from '../access/accounts/personal-accounts.ts';
import { makeSecret } from '../access/accounts/secret-text.ts';
import { basic, testAccess } from '../testing/test-access.ts';
import { startTestRegistry } from '../testing/test-registry.ts';

test('people see and revoke their own personal tokens, administrators those of anybody', async (t) => {
  const catalog = await openCatalog({ path: ':memory:' });
  t.after(() => catalog.close());
  const tokens = createPersonalTokens(catalog);
  const now = (): Date => new Date();
  const { access } = await testAccess(t, { more: (grantsTo) => [createPersonalAccounts({ tokens, grantsTo, now })] });
  const { url } = await startTestRegistry(t, { access, catalog });
  const give = async (owner: string): Promise<{ id: string; headers: Record<string, string> }> => {
    const { id, hash, text } = makeSecret('ldp');
    await tokens.create({ id, owner, groups: [], hash, expiresAt: new Date(Date.now() + 60_000) });
    return { id, headers: basic(owner, text.reveal()) };
  };
  const [cleo, dan] = [await give('cleo@example.org'), await give('dan@example.org')];
  const list = async (headers: Record<string, string>, query = ''): Promise<unknown> => {
    const answer = await fetch(`${url}/api/v1/personal-tokens${query}`, { headers });
    return answer.status === 200
      ? ((await answer.json()) as { items: { id: string }[] }).items.map(({ id }) => id)
      : answer.status;
  };
  assert.deepEqual(await list(cleo.headers), [cleo.id]);
  assert.equal(await list(cleo.headers, '?owner=dan@example.org'), 403);
  assert.deepEqual(await list(basic('ann'), '?owner=dan@example.org'), [dan.id]);
  const revoke = async (id: string, headers: Record<string, string>): Promise<number> =>
    (await fetch(`${url}/api/v1/personal-tokens/${id}`, { method: 'DELETE', headers })).status;
  assert.equal(await revoke(dan.id, cleo.headers), 403);
  assert.equal(await revoke('0'.repeat(18), cleo.headers), 403);
  assert.equal(await revoke(cleo.id, cleo.headers), 204);
  assert.equal(await revoke(dan.id, basic('ann')), 204);
  assert.equal(await revoke(dan.id, basic('ann')), 404);
});
