import assert from 'node:assert/strict';
import { mkdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { openSandbox, startServe } from './testing/lading.ts';

const advisory = {
  schema_version: '1.6.0',
  id: 'GHSA-aaaa-bbbb-cccc',
  modified: '2026-02-01T00:00:00Z',
  summary: 'left has a hole',
  severity: [{ type: 'CVSS_V3', score: 'CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H' }],
  affected: [
    {
      package: { ecosystem: 'npm', name: 'left' },
      ranges: [{ type: 'SEMVER', events: [{ introduced: '0' }, { fixed: '1.1.0' }] }],
    },
  ],
};

const registryYaml = `scan: {advisories: home/advisories/advisories.db}
policies: {rules: [{repositories: ["prod/**"], scan: {block: high}}]}
`;

interface Scans {
  readonly items: readonly { readonly state: string; readonly refused?: boolean }[];
}

test('what was pushed before a server was killed is looked into after, in its threads, and told; pulls of it are refused', async (t) => {
  const sandbox = await openSandbox(t);
  const files = {
    'app/Dockerfile': 'FROM scratch\nCOPY node_modules /app/node_modules\n',
    'app/node_modules/left/package.json': JSON.stringify({ name: 'left', version: '1.0.0' }),
    'osv/advisory.json': JSON.stringify(advisory),
    'registry.yaml': registryYaml,
  };
  for (const [name, text] of Object.entries(files)) {
    await mkdir(dirname(join(sandbox.folder, name)), { recursive: true });
    await writeFile(join(sandbox.folder, name), text);
  }
  await sandbox.out('build', '-t', 'app', 'app');
  const serving = ['--config', 'registry.yaml', '--root', 'registry', '--log', 'none'];
  // There are no advisories yet, so that nothing of it can have come to its end.
  const before = await startServe(t, sandbox, ...serving);
  await sandbox.out('push', 'app', `${before.host}/prod/app`);
  await before.stop('SIGKILL');
  await sandbox.out('advisories', 'update', '--from', 'osv');
  const { host, stop, stderr } = await startServe(t, sandbox, ...serving);
  const isRefused = async (): Promise<boolean> => {
    const answer = await fetch(`http://${host}/api/v1/repositories/prod%2Fapp/scans/latest`);
    const { items } = (await answer.json()) as Scans;
    return items[0]?.state === 'scanned' && items[0].refused === true;
  };
  for (const end = Date.now() + 30_000; !(await isRefused()); await sleep(20)) {
    assert.ok(Date.now() < end, `nobody looks into it: ${stderr()}`);
  }
  const findings = await sandbox.out('registry', 'scan', 'findings', 'prod/app', '--registry', host);
  assert.match(findings, /^critical +GHSA-aaaa-bbbb-cccc +left +1\.0\.0 +1\.1\.0/m);
  assert.match(await sandbox.out('registry', 'scan', '--registry', host), /images: 1 looked into.*\n.*1 critical/);
  const refused = await sandbox.run(['pull', `${host}/prod/app`]);
  assert.notEqual(refused.code, 0);
  assert.match(refused.stderr, /403 \[REGISTRY_DENIED\]/);
  assert.equal((await stop()).code, 0, stderr());
});
