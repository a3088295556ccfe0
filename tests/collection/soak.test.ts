import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import {
  findS3Server,
  isLongRun,
  runS3Server,
  s3ServerReason,
  skipUnless,
  startPostgres,
  temporaryFolder,
} from '@lading/testkit';
import { inFolder, type OpenParts, onServices } from './places.ts';
import { soak } from './soak.ts';

async function soaked(t: TestContext, open: OpenParts, operations: number, leaseMs: number): Promise<void> {
  const seed = Date.now() % 100_000;
  const outcome = await soak({ open, operations, clients: 6, replicas: 2, seed, leaseMs });
  t.diagnostic(JSON.stringify({ seed, ...outcome }));
  assert.deepEqual(outcome.faults, []);
  assert.ok(outcome.collections > 0 && outcome.collectedBlobs > 0, 'collections had something to do');
}

test('what replicas acknowledge stays whole beside collections without grace, and what nobody needs is gone in the end', async (t) => {
  await soaked(t, inFolder(await temporaryFolder(t)), process.env.CI === 'true' ? 6000 : 120, 1500);
});

test('the same holds on PostgreSQL and S3', async (t) => {
  if (!isLongRun(t)) return;
  const program = findS3Server();
  if (!skipUnless(t, program !== undefined, s3ServerReason) || program === undefined) return;
  const url = await startPostgres(t);
  if (url === undefined) return;
  const server = await runS3Server(program);
  t.after(() => server.stop());
  await soaked(t, onServices(server, url), 600, 8000);
});
