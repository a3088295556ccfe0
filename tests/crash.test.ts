// No crash can hurt the stores: what they do to files is recorded, and every disk that a crash may leave of it is opened and looked at.
// tests/crash/README.md tells how, and how to repeat what fails.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { isLongRun } from '@lading/testkit';
import { type Fault, nameOf } from './crash/faults.ts';
import { findPlanted } from './crash/find-planted.ts';
import { proofOf } from './crash/proof.ts';
import type { RecordOptions } from './crash/recorder.ts';
import { everyPromise } from './crash/schedule.ts';
import { stores } from './crash/stores.ts';

const { prepare, seeded, expectFine } = proofOf(stores);
const { record, scenarioOf, scenarioCount } = stores;

const promise = 'after any crash the stores open, what was promised is there and whole, and nothing half is seen';

test(`${promise}: a store, a layout, a store with a catalog, and one with a journal`, async (t) => {
  const options = await prepare(t);
  if (options === undefined) return;
  const recordings = await Promise.all([0, 1, 2, 3].map((number) => record(scenarioOf(number), options)));
  let count = 0;
  for (const recording of recordings) {
    count += await expectFine(recording, [...everyPromise(recording.operations)].slice(0, 40));
    count += await expectFine(recording, seeded(recording, 12));
  }
  t.diagnostic(`${count} crashes`);
});

test(`${promise}: more than a thousand schedules over every scenario`, async (t) => {
  const options = isLongRun(t) ? await prepare(t) : undefined;
  if (options === undefined) return;
  let count = 0;
  for (let number = 0; number < scenarioCount; number++) {
    const recording = await record(scenarioOf(number), options);
    count += await expectFine(recording, everyPromise(recording.operations));
    count += await expectFine(recording, seeded(recording, 80));
  }
  t.diagnostic(`${count} crashes`);
  assert.ok(count >= 1000);
});

test('the harness finds bytes and names that are not synced', async (t) => {
  const options = await prepare(t);
  if (options === undefined) return;
  const some = stores
    .faults()
    .filter((fault) => /write-new-file.*datasync|sync-folder.*folders\.sync/.test(nameOf(fault)));
  assert.equal(some.length, 2, some.map(nameOf).join());
  for (const fault of some) t.diagnostic(await expectFound(fault, options));
});

test('the harness finds every sync that is left out, and every file that does not appear at once', async (t) => {
  const options = isLongRun(t) ? await prepare(t) : undefined;
  if (options === undefined) return;
  const faults = stores.faults();
  assert.ok(faults.length >= 15, `there are ${faults.length} places to plant a fault in`);
  for (const fault of faults) t.diagnostic(await expectFound(fault, options));
});

async function expectFound(fault: Fault, options: RecordOptions): Promise<string> {
  return (await findPlanted(stores, fault, options)) ?? assert.fail(`not found: ${nameOf(fault)}`);
}
