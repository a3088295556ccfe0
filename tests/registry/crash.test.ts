// Every 201 survives: what `lading serve` acknowledges is there after any crash of it or of its machine. tests/registry/README.md tells how.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { isLongRun } from '@lading/testkit';
import { nameOf } from '../crash/faults.ts';
import { findPlanted } from '../crash/find-planted.ts';
import { proofOf } from '../crash/proof.ts';
import { everyPromise } from '../crash/schedule.ts';
import { registry } from './crash/registry.ts';

const { prepare, seeded, expectFine } = proofOf(registry);
const { record, scenarioOf } = registry;

const promise =
  'after any crash of a registry all that it acknowledged is there and whole, and its journal tells all of it';

test(promise, async (t) => {
  const options = await prepare(t);
  if (options === undefined) return;
  const recording = await record(scenarioOf(0), options);
  t.diagnostic(`${await expectFine(recording, seeded(recording, 25))} crashes`);
});

test(`${promise}: hundreds of schedules over several scenarios`, async (t) => {
  const options = isLongRun(t) ? await prepare(t) : undefined;
  if (options === undefined) return;
  let count = 0;
  for (const number of [1, 2, 3]) {
    const recording = await record(scenarioOf(number), options);
    count += await expectFine(recording, [...everyPromise(recording.operations)].slice(0, 40));
    count += await expectFine(recording, seeded(recording, 70));
  }
  t.diagnostic(`${count} crashes`);
  assert.ok(count >= 300);
});

test('a sync of the journal or of a blob that is left out is found', async (t) => {
  const options = isLongRun(t) ? await prepare(t) : undefined;
  if (options === undefined) return;
  const wanted = /directory-journal.*target\.handle\.datasync|write-new-file.*datasync/;
  const some = registry.faults().filter((fault) => wanted.test(nameOf(fault)));
  assert.ok(some.length >= 2, some.map(nameOf).join());
  for (const fault of some) {
    const found = await findPlanted(registry, fault, options, [0, 1, 2]);
    assert.ok(found !== undefined, `not found: ${nameOf(fault)}`);
    t.diagnostic(found);
  }
});
