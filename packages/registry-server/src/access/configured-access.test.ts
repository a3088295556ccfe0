import assert from 'node:assert/strict';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { type Catalog, openCatalog } from '@lading/catalog';
import { openDirectoryJournal } from '@lading/store';
import { temporaryFolder } from '@lading/testkit';
import { hashSync } from 'bcryptjs';
import { parseRegistryConfig } from '../config/registry-config.ts';
import { basic, pushImage, tokenFor } from '../testing/test-access.ts';
import { startTestRegistry } from '../testing/test-registry.ts';
import { type ConfiguredAccess, openConfiguredAccess } from './configured-access.ts';

const grants = (role: string): string => `
access:
  service: registry.test
  htpasswd: htpasswd
  grants: [{ to: user:ann, repositories: "**", role: ${role} }]
`;

async function openReplica(
  t: TestContext,
  folder: string,
): Promise<{ url: string; access: ConfiguredAccess; catalog: Catalog }> {
  const catalog = await openCatalog({
    path: join(folder, 'catalog.sqlite'),
    journal: await openDirectoryJournal(join(folder, 'journal')),
  });
  const { access: config } = await parseRegistryConfig(grants('writer'), { folder });
  const access = await openConfiguredAccess(config, { catalog, origin: {} });
  const { url } = await startTestRegistry(t, { folder, catalog, access: access.access });
  return { url, access, catalog };
}

test('replicas share keys through the database, follow a changed configuration, and journal whom they turned away', async (t) => {
  const folder = await temporaryFolder(t);
  await writeFile(join(folder, 'htpasswd'), `ann:${hashSync('secret of ann', 4)}\n`);
  const one = await openReplica(t, folder);
  const two = await openReplica(t, folder);
  assert.equal(one.access.isOpen(), false);
  const { token, refresh_token: refresh = '' } = await tokenFor(
    one.url,
    ['repository:team/app:pull,push'],
    basic('ann'),
    '&offline_token=true',
  );
  const headers = { Authorization: `Bearer ${token}` };
  await pushImage(two.url, 'team/app', 'v1', headers);
  const form = new URLSearchParams({
    grant_type: 'refresh_token',
    refresh_token: refresh,
    scope: 'repository:team/app:pull',
  });
  assert.equal((await fetch(`${two.url}/auth/token`, { method: 'POST', body: form })).status, 200);

  // From the next request on, also for tokens that were issued before.
  const { access: less } = await parseRegistryConfig(grants('reader'), { folder });
  await two.access.reload(less, {});
  assert.equal((await fetch(`${two.url}/v2/team/app/manifests/v1`, { headers })).status, 200);
  assert.equal((await fetch(`${two.url}/v2/team/app/blobs/uploads/`, { method: 'POST', headers })).status, 403);
  assert.equal((await fetch(`${one.url}/v2/`, { headers: basic('eve', 'x') })).status, 401);
  await two.access.reload(undefined, {});
  assert.ok(two.access.isOpen());
  assert.equal((await fetch(`${two.url}/v2/`)).status, 200);

  for (const replica of [one, two]) await replica.access.close();
  const rows = await one.catalog.database.all(
    "SELECT entry FROM audit WHERE kind = 'access.reported' ORDER BY sequence",
  );
  const events = rows.flatMap(
    (row) =>
      (JSON.parse(String(row.entry)) as { events: { action: string; subject: string; detail?: string }[] }).events,
  );
  assert.deepEqual(
    events.map(({ action, subject, detail }) => [action, subject, detail]),
    [
      ['access.denied', 'user:ann', 'push team/app'],
      ['login.failed', 'eve', undefined],
    ],
  );
});
