import assert from 'node:assert/strict';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { gzipSync } from 'node:zlib';
import { dueScan, findFacts, listDueScans } from '@lading/catalog';
import { findAttachedSbom, readSbom, writeAdvisories } from '@lading/contents';
import { type Digest, digestOf, encodeJson, mediaTypes } from '@lading/oci';
import { anonymous, openRegistry } from '@lading/registry-client';
import { temporaryFolder } from '@lading/testkit';
import { pushBlob, pushManifest } from '../testing/push.ts';
import {
  criticalVector,
  debian,
  mediumVector,
  npmPackage,
  type ScanningRegistry,
  startScanningRegistry,
  tarOf,
  writeNpmAdvisories,
} from '../testing/scanning-registry.ts';
import { reportMediaType } from './attach-results.ts';

test('what is pushed is looked into: facts of its layers, an SBOM and a report as referrers, which clients find', async (t) => {
  const registry = await startScanningRegistry(t);
  const image = await registry.push('team/app', 'v1', debian({ openssl: '3.0.1-1' }), npmPackage('left', '1.0.0'));
  const scan = await registry.scanned(image.digest);
  assert.deepEqual([scan.state, scan.advisories, scan.secrets], ['scanned', undefined, 0]);
  assert.deepEqual(registry.warnings, []);

  const client = openRegistry({ registry: registry.host, credentials: anonymous });
  t.after(() => client.close());
  const repository = client.repository('team/app');
  const attached = await findAttachedSbom(repository, image);
  const { facts, subject } = readSbom(attached?.bytes ?? Buffer.of());
  assert.deepEqual(
    facts.packages.map(({ name, version, layer }) => [name, version, layer]),
    [
      ['openssl', '3.0.1-1', 0],
      ['left', '1.0.0', 1],
    ],
  );
  assert.deepEqual([subject.name, subject.digest], ['team/app', image.digest]);
  const referrers = await Array.fromAsync(repository.references.referrers(image.digest));
  assert.deepEqual(referrers.map(({ artifactType }) => artifactType).sort(), [
    'application/vnd.cyclonedx+json',
    reportMediaType,
  ]);
  // What it attaches is nothing to look into, and neither is the image again.
  assert.deepEqual(await listDueScans(registry.catalog.database, { limit: 10 }), []);
  assert.equal(registry.server.registry.scans?.queued, 0);
});

test('a layer is read once it was uploaded, before a manifest names it, and never again', async (t) => {
  const registry = await startScanningRegistry(t);
  const { database } = registry.catalog;
  const facts = () => database.all("SELECT digest, content FROM facts WHERE kind = 'layer' ORDER BY digest");
  const layer = gzipSync(tarOf(npmPackage('left', '1.0.0')));
  assert.equal(await pushBlob(registry, 'elsewhere', layer), digestOf(layer));
  await pushBlob(registry, 'elsewhere', 'a blob that is no layer, and is as long as one could be');
  await until(async () => (await facts()).length === 1);
  await until(async () => registry.server.registry.scans?.queued === 0);
  const [before] = await facts();
  assert.equal(before?.digest, digestOf(layer));

  // So it is found where the bytes cannot be read any more.
  await registry.content.delete(digestOf(layer));
  const image = await registry.push('app', 'v1', npmPackage('left', '1.0.0'));
  assert.equal((await registry.scanned(image.digest)).state, 'scanned');
  assert.deepEqual(await facts(), [before]);
});

test('an image that cannot be read has failed and says why; attestations and charts are no images', async (t) => {
  const registry = await startScanningRegistry(t);
  const layers = [{ mediaType: mediaTypes.ociLayerGzip, digest: await pushBlob(registry, 'app', 'no gzip'), size: 7 }];
  const config = { architecture: 'amd64', os: 'linux', rootfs: { type: 'layers', diff_ids: [digestOf('no gzip')] } };
  const bytes = encodeJson(config);
  const configured = {
    mediaType: mediaTypes.ociConfig,
    digest: await pushBlob(registry, 'app', bytes),
    size: bytes.length,
  };
  const { digest } = await pushManifest(registry, 'app', 'broken', { config: configured, layers });
  const failed = await registry.scanned(digest);
  assert.equal(failed.state, 'failed');
  assert.match(failed.error ?? '', /layer sha256:/);

  const attestation = [{ ...layers[0], mediaType: 'application/vnd.in-toto+json' }];
  const attested = await pushManifest(registry, 'app', 'attestation', { config: configured, layers: attestation });
  assert.equal((await registry.scanned(attested.digest)).state, 'no-image');
  const chart = { ...configured, mediaType: 'application/vnd.cncf.helm.config.v1+json' };
  const { digest: packed } = await pushManifest(registry, 'app', 'chart', { config: chart, layers });
  assert.equal(await dueScan(registry.catalog.database, packed), undefined);
});

test('advisories come from a tag of the registry itself, and rules say what does not count', async (t) => {
  const folder = await temporaryFolder(t);
  await writeFile(join(folder, 'rules.toml'), '[[ignore]]\nid = "GHSA-1"\nowner = "ann"\nreason = "not reachable"\n');
  await writeNpmAdvisories(join(folder, 'made.db'), [
    { id: 'GHSA-1', name: 'left', fixed: '1.1.0', vector: mediumVector },
    { id: 'GHSA-2', name: 'left', fixed: '1.2.0', vector: criticalVector },
  ]);
  const scan = 'scan: {advisories: {repository: security/advisories}, ignore: rules.toml, secrets: false}';
  const registry = await startScanningRegistry(t, scan, folder);
  const client = openRegistry({ registry: registry.host, credentials: anonymous });
  const repository = client.repository('security/advisories');
  await repository.references.tag('latest', await writeAdvisories(repository, join(folder, 'made.db')));
  await client.close();
  const image = await registry.push('app', 'v1', npmPackage('left', '1.0.0'));
  const { vulnerabilities, suppressed, secrets, advisories } = await registry.scanned(image.digest);
  assert.deepEqual([vulnerabilities.medium, vulnerabilities.critical, suppressed, secrets], [0, 1, 1, undefined]);
  assert.equal(advisories?.newest, '2026-02-01T00:00:00Z');
  await registry.stop();
});

async function layerOf({ catalog }: ScanningRegistry, image: Digest): Promise<Digest> {
  const row = await catalog.database.get("SELECT child FROM children WHERE parent = ? AND kind = 'layer'", image);
  return row?.child as Digest;
}

test('other advisories have every image judged again from its facts, and the report is replaced', async (t) => {
  const registry = await startScanningRegistry(t, 'scan: {advisories: advisories.db}');
  const advisories = join(registry.folder, 'advisories.db');
  const image = await registry.push('app', 'v1', npmPackage('left', '1.0.0'));
  const { database } = registry.catalog;
  const { jobs } = registry.server.registry;
  const scan = async () => (await (await jobs!.start('scan', { actor: 'test' })).ended).outcome;
  // Without advisories nobody says that there is nothing.
  await until(async () => registry.server.registry.scans?.queued === 0);
  assert.notEqual(await dueScan(database, image.digest), undefined);
  assert.match(registry.warnings[0] ?? '', /will be again/);

  await writeNpmAdvisories(advisories, [{ id: 'GHSA-1', name: 'left', fixed: '1.1.0', vector: mediumVector }]);
  assert.deepEqual(await scan(), { scanned: 1, failed: 0, postponed: 0, orphans: 0, trimmed: 0 });
  const first = await registry.scanned(image.digest);
  assert.deepEqual([first.vulnerabilities.medium, first.vulnerabilities.critical], [1, 0]);
  assert.deepEqual(await scan(), { scanned: 0, failed: 0, postponed: 0, orphans: 0, trimmed: 0 });

  await writeNpmAdvisories(advisories, [
    { id: 'GHSA-1', name: 'left', fixed: '1.1.0', vector: mediumVector },
    { id: 'GHSA-2', name: 'left', fixed: '1.2.0', vector: criticalVector },
  ]);
  // Its layer is gone; its facts are enough.
  const facts = await findFacts(database, 'image', image.digest, new Date());
  assert.ok(facts !== undefined);
  await registry.content.delete(await layerOf(registry, image.digest));
  assert.equal((await scan())?.scanned, 1);
  const second = await registry.scanned(image.digest);
  assert.deepEqual([second.vulnerabilities.medium, second.vulnerabilities.critical], [1, 1]);
  assert.match(second.worst[0] ?? '', /^GHSA-2 \(critical\) in left 1\.0\.0, fixed in 1\.2\.0$/);
  assert.equal(second.firstSeen.medium, first.firstSeen.medium);
  // Advisories that change nothing leave the report as it is.
  await writeNpmAdvisories(advisories, [
    { id: 'GHSA-1', name: 'left', fixed: '1.1.0', vector: mediumVector },
    { id: 'GHSA-2', name: 'left', fixed: '1.2.0', vector: criticalVector },
    { id: 'GHSA-3', name: 'other', fixed: '1.2.0', vector: criticalVector },
  ]);
  assert.equal((await scan())?.scanned, 1);
  const third = await registry.scanned(image.digest);
  assert.notEqual(third.advisories?.digest, second.advisories?.digest);
  assert.deepEqual(third.report, second.report);
  const reports = await Array.fromAsync(
    registry.catalog.referrers('app', image.digest, { artifactType: reportMediaType }),
  );
  assert.equal(reports.length, 1);

  const metrics = await registry.server.registry.metrics.text();
  assert.match(metrics, /^lading_vulnerabilities\{severity="critical"\} 1$/m);
  assert.match(metrics, /^lading_images\{state="scanned"\} 1$/m);
  assert.match(metrics, /^lading_advisories_age_seconds \d+/m);
});

async function until(holds: () => Promise<boolean>): Promise<void> {
  for (let tries = 0; !(await holds()); tries++) {
    assert.ok(tries < 2000, 'it does not come to be');
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}
