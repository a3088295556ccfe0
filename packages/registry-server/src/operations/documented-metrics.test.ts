import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { openCatalog } from '@lading/catalog';
import { createMemoryStore } from '@lading/store';
import { temporaryFolder } from '@lading/testkit';
import { parseRegistryConfig } from '../config/registry-config.ts';
import { openRegistryServer } from '../open-registry-server.ts';
import { openAuthority } from '../testing/issued-certificates.ts';

const documentation = join(import.meta.dirname, '../../../../docs/registry.md');

test('every metric is documented, and what is documented or alerted on is a metric', async (t) => {
  const folder = await temporaryFolder(t);
  const authority = await openAuthority(folder);
  const issued = await authority?.issue('server');
  const tls = issued === undefined ? '' : `, tls: {certificate: ${issued.certificate}, key: ${issued.key}}`;
  const config = await parseRegistryConfig(
    `server: {listen: "127.0.0.1:0"${tls}}\nupstreams: [{prefix: hub, url: "http://127.0.0.1:1"}]\nscan: {advisories: none.db}\n`,
  );
  const catalog = await openCatalog({ path: join(folder, 'catalog.sqlite') });
  const server = await openRegistryServer({
    config,
    content: createMemoryStore(),
    catalog,
    version: '1',
    warn: () => {},
  });
  t.after(async () => {
    await server.close(0);
    await catalog.close();
  });
  const text = await server.registry.metrics.text();
  const metrics = new Map([...text.matchAll(/^# TYPE (\S+) (\S+)$/gm)].map(([, name = '', type = '']) => [name, type]));
  const [, table = ''] = /^## Metrics$([\s\S]*)^## Alerts$/m.exec(await readFile(documentation, 'utf8')) ?? [];
  const documented = new Set([...table.matchAll(/`((?:lading|process|nodejs)_[a-z_]+)`/g)].map(([, name]) => name));
  if (issued === undefined) documented.delete('lading_tls_certificate_expiry_time_seconds');
  assert.deepEqual([...metrics.keys()].sort(), [...documented].sort());

  // Prometheus, "Metric and label naming": units at the end, counters and only they with _total.
  for (const [name, type] of metrics) assert.equal(name.endsWith('_total'), type === 'counter', name);
  const [, alerts = ''] = /^## Alerts$([\s\S]*)/m.exec(await readFile(documentation, 'utf8')) ?? [];
  const used = [...alerts.matchAll(/\b(lading_[a-z_]+?)(?:_bucket)?[{[\s)]/g)].map(([, name = '']) => name);
  assert.ok(used.length > 10);
  for (const name of used) assert.ok(documented.has(name), name);
});
