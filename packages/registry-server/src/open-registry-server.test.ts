import assert from 'node:assert/strict';
import { join } from 'node:path';
import { test } from 'node:test';
import { openCatalog } from '@lading/catalog';
import { openDirectoryStore } from '@lading/store';
import { temporaryFolder } from '@lading/testkit';
import { parseRegistryConfig } from './config/registry-config.ts';
import { openRegistryServer } from './open-registry-server.ts';

test('a reload without the section access says that everybody may now do everything, once', async (t) => {
  const folder = await temporaryFolder(t);
  const content = await openDirectoryStore(join(folder, 'content'));
  const catalog = await openCatalog({ path: join(folder, 'catalog.sqlite') });
  const closed = await parseRegistryConfig(
    'access: {grants: [{to: everyone, repositories: "public/**", role: reader}]}',
  );
  const open = await parseRegistryConfig('');
  const warnings: string[] = [];
  const server = await openRegistryServer({
    config: closed,
    content,
    catalog,
    version: '1.2.3',
    warn: (message) => warnings.push(message),
  });
  t.after(async () => {
    await server.close(0);
    await catalog.close();
  });
  const { port } = await server.listen({ host: '127.0.0.1', port: 0 });
  const begun = async (): Promise<number> =>
    (await fetch(`http://127.0.0.1:${port}/v2/app/blobs/uploads/`, { method: 'POST' })).status;
  assert.equal(await begun(), 401);
  await server.reload(closed);
  assert.deepEqual(warnings, []);
  await server.reload(open);
  assert.equal(await begun(), 202);
  await server.reload(open);
  assert.equal(warnings.length, 1);
  assert.match(warnings[0] ?? '', /no section "access" any more: .* may read, write and delete$/);
});
