import assert from 'node:assert/strict';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { findAffected, fleetPosition } from '@lading/catalog';
import { openAdvisories } from '@lading/contents';
import { startHttpServer } from '@lading/testkit';
import {
  criticalVector,
  mediumVector,
  npmPackage,
  type ScanningRegistry,
  startScanningRegistry,
  writeNpmAdvisories,
} from '../testing/scanning-registry.ts';
import { judgeFleet } from './judge-fleet.ts';
import { tellChanges } from './tell-changes.ts';

interface Told {
  readonly type: string;
  readonly subject?: string;
  readonly data: Readonly<Record<string, unknown>> & {
    readonly packages?: readonly Readonly<Record<string, unknown>>[];
  };
}

/** Somebody who is told of vulnerabilities. */
async function startReceiver(t: TestContext) {
  const told: Told[] = [];
  const { host } = await startHttpServer(t, async (request, response) => {
    told.push(JSON.parse(Buffer.concat(await Array.fromAsync(request)).toString()));
    response.writeHead(204).end();
  });
  const hook = (more = '') =>
    `webhooks: [{name: ci, url: "http://${host}/", events: [vulnerability.found, vulnerability.resolved]${more}}]`;
  return { told, hook };
}

const left = { id: 'GHSA-1', name: 'left', fixed: '1.1.0', vector: mediumVector };
const right = { id: 'GHSA-2', name: 'right', fixed: '2.0.0', vector: criticalVector };

async function watch({ server, catalog }: ScanningRegistry) {
  const { outcome, error } = await (await server.registry.jobs!.start('watch', { actor: 'test' })).ended;
  assert.equal(error, undefined);
  // Until all that was queued is delivered.
  for (let tries = 0; (await catalog.database.get('SELECT 1 AS x FROM deliveries')) !== undefined; tries++) {
    assert.ok(tries < 1000, 'nothing is delivered');
    server.registry.webhooks?.wake();
    await sleep(5);
  }
  return outcome;
}

test('what newer advisories find and resolve in stored images is told once, by webhooks', async (t) => {
  const { told, hook } = await startReceiver(t);
  const registry = await startScanningRegistry(t, `scan: {advisories: advisories.db}\n${hook()}`);
  const { database } = registry.catalog;
  const path = join(registry.folder, 'advisories.db');
  await writeNpmAdvisories(path, [left]);
  const both = { ...npmPackage('left', '1.0.0'), ...npmPackage('right', '1.0.0') };
  const app = await registry.push('team/app', 'v1', both);
  await registry.scanned(app.digest);
  const other = await registry.push('team/other', 'v1', npmPackage('other', '1.0.0'));
  await registry.scanned(other.digest);
  await watch(registry);
  assert.equal(told.map(({ type }) => type).join(), '', 'what is pushed tells itself what it has');

  await writeNpmAdvisories(path, [left, right]);
  assert.equal((await watch(registry))?.events, 1);
  assert.equal((await watch(registry))?.events, 0);
  const [found] = told;
  assert.ok(found !== undefined && told.length === 1);
  assert.equal(found.type, 'lading.registry.vulnerability.found');
  assert.equal(found.subject, `team/app@${app.digest}`);
  assert.deepEqual(found.data, {
    ...{ repository: 'team/app', digest: app.digest, actor: 'job:watch', vulnerability: 'GHSA-2', aliases: [] },
    ...{ severity: 'critical', platform: 'linux/amd64', tags: ['v1'] },
    packages: [
      { purl: 'pkg:npm/right@1.0.0', name: 'right', version: '1.0.0', layer: 0, fix: 'fixed', fixedVersion: '2.0.0' },
    ],
  });
  const page = { limit: 10, maySee: () => true };
  assert.equal((await findAffected(database, 'GHSA-2', page)).items[0]?.digest, app.digest);

  await writeNpmAdvisories(path, [right]);
  assert.equal((await watch(registry))?.events, 1);
  assert.deepEqual([told[1]?.type, told[1]?.data.vulnerability], ['lading.registry.vulnerability.resolved', 'GHSA-1']);
  assert.deepEqual((await findAffected(database, 'GHSA-1', page)).items, []);
});

test('a judgement that is broken off is gone on with, and what it found is told by whoever ends it', async (t) => {
  const { told, hook } = await startReceiver(t);
  const registry = await startScanningRegistry(t, `scan: {advisories: advisories.db}\n${hook()}`);
  const { database } = registry.catalog;
  const path = join(registry.folder, 'advisories.db');
  await writeNpmAdvisories(path, [left]);
  const names = Array.from({ length: 600 }, (_, index) => npmPackage(`p${index}`, '1.0.0'));
  const many = Object.assign({}, npmPackage('right', '1.0.0'), ...names) as Readonly<Record<string, string>>;
  await registry.scanned((await registry.push('team/app', 'v1', many)).digest);
  await watch(registry);
  await writeNpmAdvisories(path, [left, right]);
  const advisories = openAdvisories(path);
  t.after(() => advisories.close());
  const stop = new AbortController();
  const breaking = judgeFleet(database, advisories, { signal: stop.signal, onProgress: () => stop.abort() });
  await assert.rejects(breaking, /interrupted|aborted/i);
  assert.equal((await fleetPosition(database))?.judged, 500);
  assert.deepEqual(await watch(registry), {
    ...{ packages: 101, events: 1, trimmed: 0, advisories: advisories.digest },
  });
  assert.equal(told.length, 1);

  // A replica that has the older file still.
  const older = {
    ...advisories,
    digest: registry.server.registry.about.version,
    newest: '2020-01-01T00:00:00Z',
  } as never;
  assert.deepEqual(await judgeFleet(database, older), { packages: 0, outdated: true });
});

test('of a vulnerability in very many images a receiver gets some events and the number of the others, each for its own repositories', async (t) => {
  const { told, hook } = await startReceiver(t);
  const registry = await startScanningRegistry(
    t,
    `scan: {advisories: advisories.db}\n${hook(', repositories: ["team/**"]')}`,
  );
  const { catalog } = registry;
  const path = join(registry.folder, 'advisories.db');
  await writeNpmAdvisories(path, [left]);
  for (const repository of ['team/a', 'team/b', 'team/c', 'elsewhere']) {
    const layers = [npmPackage('right', '1.0.0'), { 'etc/name': repository }];
    await registry.scanned((await registry.push(repository, 'v1', ...layers)).digest);
  }
  await writeNpmAdvisories(path, [left, right]);
  const advisories = openAdvisories(path);
  t.after(() => advisories.close());
  await judgeFleet(catalog.database, advisories);
  const hooks = registry.server.registry.webhooks?.hooks ?? [];
  const { signal } = new AbortController();
  const options = { catalog, hooks, source: 'urn:example', signal, most: 2 };
  assert.deepEqual(await tellChanges(options), { events: 3 });
  assert.deepEqual(await tellChanges(options), { events: 0 });
  await watch(registry);
  const lines = told.map(({ subject, data }) => `${subject?.split('@')[0]} ${data.images}`);
  assert.deepEqual(lines.sort(), ['team/b undefined', 'team/c undefined', 'undefined 1']);
});
