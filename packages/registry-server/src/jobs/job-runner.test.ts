import assert from 'node:assert/strict';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { openCatalog } from '@lading/catalog';
import { isLadingError } from '@lading/errors';
import { temporaryFolder } from '@lading/testkit';
import type { ExecuteJob } from './job.ts';
import { createJobRunner, type JobRunner } from './job-runner.ts';
import { scheduleFault } from './schedule-fault.ts';

const jobs = [{ name: 'work', summary: 'something long' }];

/** Replicas that run what they are given; their clocks are `now`. */
async function runners(
  t: TestContext,
  executes: readonly ExecuteJob[],
  { now = () => new Date(), heartbeatMs = 20 }: { readonly now?: () => Date; readonly heartbeatMs?: number } = {},
): Promise<readonly JobRunner[]> {
  const path = join(await temporaryFolder(t), 'catalog.sqlite');
  return Promise.all(
    executes.map(async (execute) => {
      const catalog = await openCatalog({ path });
      const runner = createJobRunner({ catalog, jobs, execute, now, heartbeatMs });
      t.after(async () => {
        await runner.close();
        await catalog.close();
      });
      return runner;
    }),
  );
}

const untilStopped: ExecuteJob = (_task, { signal }) =>
  new Promise((_resolve, reject) => {
    signal.addEventListener('abort', () => reject(signal.reason), { once: true });
  });

test('a job runs in one replica at a time, tells its progress and its outcome, and can be found by all', async (t) => {
  const gate = Promise.withResolvers<void>();
  const work: ExecuteJob = async ({ options }, { report }) => {
    report({ done: 1 });
    await gate.promise;
    return { done: 2, of: options.of };
  };
  const [one, two] = await runners(t, [work, work]);
  const { record, ended } = await one!.start('work', { actor: 'user:ann', options: { of: 3 } });
  await assert.rejects(two!.start('work', { actor: 'schedule' }), (error) => isLadingError(error, 'JOB_RUNNING'));
  while ((await two!.find(record.id))?.progress === undefined) await sleep(5);
  assert.deepEqual((await two!.find(record.id))?.progress, { done: 1 });
  gate.resolve();
  assert.equal((await ended).state, 'succeeded');
  const [latest] = await two!.history({ name: 'work' });
  assert.deepEqual([latest?.outcome, latest?.actor], [{ done: 2, of: 3 }, 'user:ann']);
  assert.equal((await (await two!.start('work', { actor: 'schedule' })).ended).state, 'succeeded');
  await assert.rejects(one!.start('no-such', { actor: 'schedule' }), (error) => isLadingError(error, 'JOB_UNKNOWN'));
});

test('a run is stopped from another replica, and one that fails says why', async (t) => {
  const fails: ExecuteJob = async () => {
    throw new Error('it broke');
  };
  const [one, two] = await runners(t, [untilStopped, fails]);
  const { record, ended } = await one!.start('work', { actor: 'schedule' });
  assert.equal(await two!.cancel(record.id, 'user:bob'), true);
  const stopped = await ended;
  assert.deepEqual([stopped.state, stopped.cancelledBy], ['cancelled', 'user:bob']);
  assert.equal(await two!.cancel(record.id, 'user:bob'), false);
  const failed = await (await two!.start('work', { actor: 'schedule' })).ended;
  assert.deepEqual([failed.state, failed.error], ['failed', 'it broke']);
});

test('of several replicas that a schedule wakes at once, one runs the job, once', async (t) => {
  let runs = 0;
  const quick: ExecuteJob = async () => ({ run: ++runs });
  const replicas = await runners(t, [quick, quick, quick]);
  const scheduledFor = new Date('2026-01-01T00:10:00Z');
  const starts = await Promise.allSettled(
    replicas.map(async (runner) => (await runner.start('work', { actor: 'schedule', scheduledFor })).ended),
  );
  assert.equal(starts.filter(({ status }) => status === 'fulfilled').length, 1);
  assert.equal(runs, 1);
});

test('a job of a replica that went silent is lost, and another one takes it over', async (t) => {
  let time = Date.UTC(2026, 0, 1);
  // It never holds its lease on: its heart beats once an hour.
  const [silent, next] = await runners(t, [untilStopped, async () => ({})], {
    now: () => new Date(time),
    heartbeatMs: 3_600_000,
  });
  const { record } = await silent!.start('work', { actor: 'schedule' });
  time += 3_600_000 * 9;
  assert.equal((await (await next!.start('work', { actor: 'schedule' })).ended).state, 'succeeded');
  assert.equal((await next!.find(record.id))?.state, 'lost');
});

test('a schedule that is no cron pattern is told with its reason', async () => {
  assert.equal(await scheduleFault('*/10 * * * *'), undefined);
  assert.match((await scheduleFault('every day')) ?? '', /./);
  assert.match((await scheduleFault('* * * * * *')) ?? '', /./);
});
