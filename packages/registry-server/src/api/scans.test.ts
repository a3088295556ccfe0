import assert from 'node:assert/strict';
import { join } from 'node:path';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { criticalVector, npmPackage, startScanningRegistry, writeNpmAdvisories } from '../testing/scanning-registry.ts';

interface Scans {
  readonly items: readonly { readonly digest: string; readonly state: string; readonly vulnerabilities: object }[];
}

test('the API tells how far an image is known, what was found, and what is in it; and has it looked into again', async (t) => {
  const registry = await startScanningRegistry(t, 'scan: {advisories: advisories.db, attach: off}');
  await writeNpmAdvisories(join(registry.folder, 'advisories.db'), [
    { id: 'GHSA-1', name: 'left', fixed: '1.1.0', vector: criticalVector },
  ]);
  const ask = async (path: string, method = 'GET') => {
    const answer = await fetch(`${registry.url}/api/v1${path}`, { method });
    return { status: answer.status, body: (await answer.json()) as never };
  };
  const image = await registry.push('team/app', 'v1', npmPackage('left', '1.0.0'));
  const { at } = await registry.scanned(image.digest);
  const of = '/repositories/team%2Fapp/scans/v1';

  const { items }: Scans = (await ask(of)).body;
  assert.deepEqual([items[0]?.digest, items[0]?.state], [image.digest, 'scanned']);
  assert.deepEqual(
    { ...items[0]?.vulnerabilities },
    { critical: 1, high: 0, medium: 0, low: 0, negligible: 0, unknown: 0 },
  );
  const report: { findings: { id: string }[] } = (await ask(`${of}/report`)).body;
  assert.deepEqual(
    report.findings.map(({ id }) => id),
    ['GHSA-1'],
  );
  // Although none is attached.
  assert.deepEqual(await Array.fromAsync(registry.catalog.referrers('team/app', image.digest)), []);
  const sbom: { components: { name: string }[] } = (await ask(`${of}/sbom`)).body;
  assert.ok(sbom.components.some(({ name }) => name === 'left'));
  const totals: { scanned: number; unscanned: number } = (await ask('/scans')).body;
  assert.deepEqual([totals.scanned, totals.unscanned], [1, 0]);
  assert.deepEqual((await ask('/scans/preview')).body, { due: 0, stale: 0, images: [] });

  const again = await ask(of, 'POST');
  assert.equal(again.status, 202);
  while ((await registry.scanned(image.digest)).at.getTime() === at.getTime()) await sleep(5);
  assert.equal((await ask('/repositories/team%2Fapp/scans/v2')).status, 404);
  assert.equal((await ask('/repositories/team%2Fapp/scans/v2/report')).status, 404);
});

test('a registry that does not look into images says so', async (t) => {
  const registry = await startScanningRegistry(t, '');
  await registry.push('app', 'v1', npmPackage('left', '1.0.0'));
  const status = async (path: string, method = 'GET') =>
    (await fetch(`${registry.url}/api/v1${path}`, { method })).status;
  assert.equal(await status('/scans'), 404);
  assert.equal(await status('/repositories/app/scans/v1', 'POST'), 404);
  assert.equal(await status('/repositories/app/scans/v1'), 200);
});
