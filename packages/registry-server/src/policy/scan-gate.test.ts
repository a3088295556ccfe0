import assert from 'node:assert/strict';
import { join } from 'node:path';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Descriptor } from '@lading/oci';
import { pushManifest } from '../testing/push.ts';
import {
  criticalVector,
  mediumVector,
  npmPackage,
  type ScanningRegistry,
  startScanningRegistry,
  writeNpmAdvisories,
} from '../testing/scanning-registry.ts';

const config = `
scan: {advisories: advisories.db}
policies:
  rules:
    - repositories: ["prod/**"]
      scan: {block: high, unscanned: deny}
    - repositories: ["soon/**"]
      scan: {block: high, grace: 7d}
`;

const vulnerabilities = [
  { id: 'GHSA-1', name: 'left', fixed: '1.1.0', vector: mediumVector },
  { id: 'GHSA-2', name: 'right', fixed: '2.1.0', vector: criticalVector },
];

function pull({ url }: ScanningRegistry, name: string, reference: string, method = 'GET'): Promise<Response> {
  return fetch(`${url}/v2/${name}/manifests/${reference}`, { method });
}

async function scanAll({ server }: ScanningRegistry): Promise<void> {
  const { jobs } = server.registry;
  for (;;) {
    const record = await jobs?.start('scan', { actor: 'test' }).then(
      ({ ended }) => ended,
      () => undefined,
    );
    if (record !== undefined) break;
    await sleep(10);
  }
  await server.registry.policy.refresh();
}

test('images over the threshold are refused with the reason, by tag and digest, and what is attached to them is not', async (t) => {
  const registry = await startScanningRegistry(t, config);
  await writeNpmAdvisories(join(registry.folder, 'advisories.db'), vulnerabilities);
  const good = await registry.push('prod/good', 'v1', npmPackage('left', '1.0.0'));
  const bad = await registry.push('prod/bad', 'v1', npmPackage('right', '2.0.0'));
  const soon = await registry.push('soon/bad', 'v1', npmPackage('right', '2.0.0'));
  const free = await registry.push('free/bad', 'v1', npmPackage('right', '2.0.0'));
  for (const { digest } of [good, bad, soon, free]) await registry.scanned(digest);
  await registry.server.registry.policy.refresh();

  assert.equal((await pull(registry, 'prod/good', 'v1')).status, 200);
  assert.equal((await pull(registry, 'free/bad', 'v1')).status, 200);
  for (const reference of ['v1', bad.digest]) {
    assert.equal((await pull(registry, 'prod/bad', reference, 'HEAD')).status, 403);
    const answer = await pull(registry, 'prod/bad', reference);
    assert.equal(answer.status, 403);
    const { errors } = (await answer.json()) as { errors: { code: string; message: string; detail: object }[] };
    assert.equal(errors[0]?.code, 'DENIED');
    assert.match(
      errors[0]?.message ?? '',
      /1 critical.*GHSA-2 \(critical\) in right 2\.0\.0, fixed in 2\.1\.0.*Rebuild/,
    );
  }
  const warned = await pull(registry, 'soon/bad', 'v1');
  assert.equal(warned.status, 200);
  assert.match(warned.headers.get('warning') ?? '', /GHSA-2.*It will be refused from 20/);

  const referrers = await fetch(`${registry.url}/v2/prod/bad/referrers/${bad.digest}`);
  const { manifests } = (await referrers.json()) as { manifests: Descriptor[] };
  assert.equal(manifests.length, 2);
  for (const { digest } of manifests) assert.equal((await pull(registry, 'prod/bad', digest)).status, 200);

  await registry.stop();
  const again = await startScanningRegistry(t, config, registry.folder);
  const audit = (await again.catalog.ledger.audit({ limit: 100 })).map(({ entry }) => entry);
  const refusals = audit.flatMap((entry) => (entry.kind === 'access.reported' ? entry.events : []));
  await again.stop();
  assert.deepEqual(
    refusals.map(({ action, detail, count }) => [action, detail, count]),
    [['pull.refused', `pull prod/bad@${bad.digest}`, 4]],
  );
});

test('where what nobody has looked into is refused, that holds for images alone, and until somebody has', async (t) => {
  const registry = await startScanningRegistry(t, config);
  const image = await registry.push('prod/app', 'v1', npmPackage('left', '1.0.0'));
  const answer = await pull(registry, 'prod/app', 'v1');
  assert.equal(answer.status, 403);
  assert.match(await answer.text(), /Nobody has looked into/);
  const { digest } = await pushManifest(registry, 'prod/app', 'signature', {
    config: {
      mediaType: 'application/vnd.example.signature',
      digest: `sha256:${'44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a'}`,
      size: 2,
    },
  });
  assert.equal((await pull(registry, 'prod/app', digest)).status, 200);

  await writeNpmAdvisories(join(registry.folder, 'advisories.db'), vulnerabilities);
  await scanAll(registry);
  await registry.scanned(image.digest);
  assert.equal((await pull(registry, 'prod/app', 'v1')).status, 200);
  // A newer advisory takes what was allowed.
  await writeNpmAdvisories(join(registry.folder, 'advisories.db'), [
    ...vulnerabilities,
    { id: 'GHSA-3', name: 'left', fixed: '1.2.0', vector: criticalVector },
  ]);
  await scanAll(registry);
  assert.equal((await pull(registry, 'prod/app', 'v1')).status, 403);
});
