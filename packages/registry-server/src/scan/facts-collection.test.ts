import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  demandScan,
  dueScan,
  findScan,
  listDueScans,
  listStaleScans,
  openCatalog,
  recordScan,
  removeManifest,
  type ScanRecord,
  scansSince,
  scanTotals,
  trimFacts,
} from '@lading/catalog';
import { factsVersion } from '@lading/contents';
import type { LayerFacts } from '@lading/facts';
import { digestOf } from '@lading/oci';
import { createMemoryStore } from '@lading/store';
import { isLongRun, startPostgres } from '@lading/testkit';
import { collectGarbage } from '../policy/collection/collect-garbage.ts';
import { npmPackage, startScanningRegistry } from '../testing/scanning-registry.ts';
import { openRegistryFacts } from './registry-facts.ts';

const now = { leaseMs: 0, graceMs: 0, uploadsMs: 0 };

test('facts, reports and what is attached stay through a collection, and go with their image, to the last byte', async (t) => {
  const { catalog, content, push, scanned, server } = await startScanningRegistry(t);
  const image = await push('app', 'v1', npmPackage('left', '1.0.0'));
  await scanned(image.digest);
  const collect = async () => {
    // What was protected a moment ago is looked at when that is over.
    await catalog.database.run("UPDATE reviews SET since = '2000'");
    await collectGarbage({ catalog, content, config: now });
  };
  await collect();
  const facts = openRegistryFacts({ catalog, content });
  assert.equal((await facts.findImage(image.digest, factsVersion))?.packages.length, 1);
  assert.equal((await findScan(catalog.database, image.digest))?.state, 'scanned');

  await catalog.ledger.write(undefined, (page) => removeManifest(page, 'app', image.digest, { restorable: false }));
  const { ended } = await server.registry.jobs!.start('scan', { actor: 'test' });
  assert.equal((await ended).outcome?.orphans, 2);
  for (let round = 0; round < 4; round++) await collect();
  assert.deepEqual(await Array.fromAsync(content.list()), []);
  assert.deepEqual(await catalog.database.all('SELECT digest FROM facts UNION ALL SELECT digest FROM scans'), []);
});

test('facts and scans are kept, shared and trimmed on PostgreSQL, too', async (t) => {
  if (!isLongRun(t)) return;
  const url = await startPostgres(t);
  if (url === undefined) return;
  const [one, two] = await Promise.all([openCatalog({ url }), openCatalog({ url })]);
  const content = createMemoryStore();
  try {
    const layer = sampleLayerFacts('a');
    await openRegistryFacts({ catalog: one, content }).keepLayer(layer);
    await openRegistryFacts({ catalog: one, content }).keepLayer(sampleLayerFacts('b'));
    const found = await openRegistryFacts({ catalog: two, content }).findLayer(layer.digest, factsVersion);
    assert.equal(found?.digest, layer.digest);
    assert.equal((await trimFacts(two.database, 0, new Date())).facts, 2);
    assert.equal(await openRegistryFacts({ catalog: one, content }).findLayer(layer.digest, factsVersion), undefined);

    const { digest } = layer;
    await demandScan(one.database, digest, '2026-01-01T00:00:00.000Z');
    const due = await dueScan(two.database, digest);
    assert.deepEqual(await listDueScans(two.database, { limit: 1 }), [due]);
    const vulnerabilities = { critical: 1, high: 0, medium: 0, low: 0, negligible: 0, unknown: 2 };
    const scan: ScanRecord = {
      ...{ digest, at: new Date(0), rules: 'r', vulnerabilities, suppressed: 3 },
      state: 'scanned',
      ...{ firstSeen: { critical: '2026-01-01' }, worst: ['CVE'], report: { digest, size: 1 } },
    };
    await one.database.transaction((statements) => recordScan(statements, scan, due));
    await two.database.transaction((statements) => recordScan(statements, { ...scan, secrets: 4 }, undefined));
    assert.deepEqual(await findScan(one.database, digest), { ...scan, secrets: 4 });
    assert.equal((await Array.fromAsync(scansSince(one.database, 1))).length, 1);
    assert.equal((await Array.fromAsync(scansSince(one.database, 2))).length, 0);
    assert.deepEqual(await listStaleScans(one.database, 'other', { limit: 1 }), [digest]);
    assert.deepEqual([await dueScan(one.database, digest), (await scanTotals(one.database)).scanned], [undefined, 0]);
  } finally {
    await Promise.all([one.close(), two.close()]);
  }
});

function sampleLayerFacts(name: string): LayerFacts {
  const none = { packages: [], licenses: [], distributions: [], owners: [], files: [], warnings: [] };
  return { version: factsVersion, digest: digestOf(name), ...none, paths: Buffer.from(name) };
}
