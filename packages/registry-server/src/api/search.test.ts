import assert from 'node:assert/strict';
import { join } from 'node:path';
import { test } from 'node:test';
import { fingerprintsOf } from '@lading/contents';
import {
  criticalVector,
  debian,
  npmPackage,
  startScanningRegistry,
  writeNpmAdvisories,
} from '../testing/scanning-registry.ts';

interface Found {
  readonly status: number;
  readonly detail?: string;
  readonly items: readonly (Readonly<Record<string, unknown>> & {
    readonly repositories: readonly { readonly name: string; readonly tags: readonly string[] }[];
  })[];
  readonly next?: string;
}

// A pair of digits repeated is no token of anybody.
const token = `ghp_${'wq7Lr2Zk9Vt4Xy8Bn3Mc6Hd1Jf5Ps0QgAe2Tu'.slice(0, 36)}`;

test('images are found by packages, bases, vulnerabilities and secrets', async (t) => {
  const registry = await startScanningRegistry(t, 'scan: {advisories: advisories.db}');
  await writeNpmAdvisories(join(registry.folder, 'advisories.db'), [
    { id: 'GHSA-2qrg-x229-3v8q', name: 'lodash', fixed: '4.17.21', vector: criticalVector },
  ]);
  const call = async (path: string, body?: object): Promise<Found> => {
    const response = await fetch(`${registry.url}/api/v1${path}`, {
      ...(body && { method: 'POST', body: JSON.stringify(body), headers: { 'content-type': 'application/json' } }),
    });
    return { ...((await response.json()) as Found), status: response.status };
  };
  const get = (path: string, query: Record<string, string>) => call(`${path}?${new URLSearchParams(query)}`);
  const names = ({ items }: Found): readonly string[] =>
    items.flatMap(({ repositories }) => repositories.map(({ name, tags }) => `${name}:${tags}`));

  assert.equal((await get('/search/vulnerabilities', { id: 'CVE-2021-23337' })).status, 404, 'nothing is judged yet');
  const base = debian({ openssl: '3.0.11-1' });
  const images = [
    await registry.push('base/debian', '12', base),
    await registry.push('team/app', 'v1', base, {
      ...npmPackage('lodash', '4.17.20'),
      'app/token': `token=${token}\n`,
    }),
    await registry.push('team/web', 'v1', base, npmPackage('lodash', '4.17.21')),
  ];
  for (const { digest } of images) assert.equal((await registry.scanned(digest)).state, 'scanned');
  // What was found is kept before packages are judged.
  await (await registry.server.registry.jobs!.start('watch', { actor: 'test' })).ended;

  const packages = await get('/search/packages', { query: 'npm:lodash >=4 <4.17.21' });
  assert.deepEqual([names(packages), packages.next], [['team/app:v1'], undefined]);
  const [app] = packages.items;
  assert.deepEqual([app?.purl, app?.layer, app?.places], ['pkg:npm/lodash@4.17.20', 1, 1]);
  assert.deepEqual([app?.platform, app?.digest], ['linux/amd64', images[1]?.digest]);
  assert.equal((await get('/search/packages', { query: 'nmp:lodash' })).status, 400);
  const first = await get('/search/packages', { query: 'openssl <3.0.15', limit: '2' });
  const second = await get('/search/packages', { query: 'openssl <3.0.15', limit: '2', after: first.next ?? '' });
  assert.deepEqual([...names(first), ...names(second)].sort(), ['base/debian:12', 'team/app:v1', 'team/web:v1']);
  assert.equal((await get('/search/packages', { query: 'openssl', after: 'x' })).status, 400);

  assert.deepEqual(names(await get('/search/derived', { base: 'base/debian:12' })), ['team/app:v1', 'team/web:v1']);
  assert.deepEqual(names(await get('/search/bases', { image: `team/app@${images[1]?.digest}` })), ['base/debian:12']);
  assert.equal((await get('/search/derived', { base: 'base/none' })).status, 404);

  const affected = await get('/search/vulnerabilities', { id: 'ghsa-2qrg-x229-3v8q' });
  assert.deepEqual(names(affected), ['team/app:v1']);
  assert.deepEqual([affected.items[0]?.severity, affected.items[0]?.fixedVersion], ['critical', '4.17.21']);

  const secrets = await call('/search/secrets', { fingerprints: fingerprintsOf(Buffer.from(`${token}\n`)) });
  assert.deepEqual(
    secrets.items.map(({ rule, path, layer }) => [rule, path, layer]),
    [['github-pat', 'app/token', 1]],
  );
  assert.deepEqual((await call('/search/secrets', { fingerprints: ['0'.repeat(64)] })).items, []);
  assert.equal((await call('/search/secrets', { fingerprints: ['secret'] })).status, 400);
});

test('nobody is told of images that they may not pull', async (t) => {
  const access = `access:
  grants:
    - {to: anonymous, repositories: ["team/**"], role: writer}`;
  const registry = await startScanningRegistry(t, `scan: {}\n${access}`);
  const base = npmPackage('left', '1.0.0');
  await registry.scanned((await registry.push('team/app', 'v1', base, { 'etc/name': 'app' })).digest);
  const { database } = registry.catalog;
  const closed = await registry.push('team/base', 'v1', base);
  await registry.scanned(closed.digest);
  // As if somebody else had pushed it, where the caller may not look.
  await database.run("UPDATE repositories SET name = 'closed/base' WHERE name = 'team/base'");
  const asked = await fetch(`${registry.url}/auth/token?service=${registry.host}&scope=registry:api:*`);
  const { token } = (await asked.json()) as { readonly token: string };
  const found = async (path: string): Promise<readonly string[]> => {
    const response = await fetch(`${registry.url}/api/v1${path}`, { headers: { Authorization: `Bearer ${token}` } });
    if (!response.ok) return [String(response.status)];
    const { items } = (await response.json()) as Found;
    return items.flatMap(({ repositories }) => repositories.map(({ name }) => name));
  };
  assert.deepEqual(await found('/search/packages?query=left'), ['team/app']);
  assert.deepEqual(await found('/search/bases?image=team%2Fapp:v1'), []);
  assert.deepEqual(await found(`/search/derived?base=closed%2Fbase@${closed.digest}`), ['401']);
});
