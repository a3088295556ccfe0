// Several replicas are one registry: what their clients see could have been seen of one, also while replicas and their database are killed.
import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import {
  findPostgres,
  findS3Server,
  isLongRun,
  postgresReason,
  s3ServerReason,
  skipUnless,
  temporaryFolder,
} from '@lading/testkit';
import { type ClusterKind, openCluster } from './replicas/cluster.ts';
import type { SoakOptions } from './replicas/shared.ts';
import { soak } from './replicas/soak.ts';

const promise =
  'what clients see of tags is linearizable, nothing acknowledged is lost, and nothing stays that nobody needs';

test(`${promise}: two replicas over a folder and SQLite, beside collections`, async (t) => {
  await run(t, 'local', { seed: 1, operations: 150 });
});

test(`${promise}: the same for longer, while replicas are killed`, async (t) => {
  if (isLongRun(t)) await run(t, 'local', { seed: 2, operations: 3000, killEveryMs: 3000 });
});

test(`${promise}: over S3 and PostgreSQL, while replicas and the database are killed`, async (t) => {
  if (!skipUnless(t, findPostgres() !== undefined, postgresReason)) return;
  if (!skipUnless(t, findS3Server() !== undefined, s3ServerReason) || !isLongRun(t)) return;
  await run(t, 'shared', { seed: 3, operations: 3000, killEveryMs: 4000, databaseKills: 4 });
});

async function run(
  t: TestContext,
  kind: ClusterKind,
  options: Pick<SoakOptions, 'seed' | 'operations' | 'killEveryMs' | 'databaseKills'>,
): Promise<void> {
  const leaseMs = process.env.CI === 'true' ? 2000 : 1000;
  const cluster = await openCluster({ folder: await temporaryFolder(t), kind, leaseMs });
  try {
    const { wrong, kills, done } = await soak({ cluster, leaseMs, ...options });
    t.diagnostic(`${JSON.stringify(done)}, ${kills} kills`);
    assert.deepEqual(wrong, [], cluster.log());
    assert.ok((done.write ?? 0) > 0 && (done['upload elsewhere'] ?? 0) > 0);
  } finally {
    await cluster.close();
  }
}
