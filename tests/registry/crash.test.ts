// Every 201 survives: what `lading serve` acknowledges is there after any crash of it or of its machine. tests/registry/README.md tells how.
import assert from 'node:assert/strict';
import { rmSync } from 'node:fs';
import { after, type TestContext, test } from 'node:test';
import { findProgram, isLongRun, skipUnless } from '@lading/testkit';
import { diskFolder, runCrashes } from '../crash/harness.ts';
import { compileRecorder, type RecordOptions } from '../crash/record.ts';
import { everyPromise, type Schedule, scheduleOf } from '../crash/schedule.ts';
import { checkOf } from './crash/check.ts';
import { describeRegistryCrash } from './crash/describe.ts';
import { findPlanted, nameOf, registryFaults } from './crash/planted.ts';
import { type Recording, record } from './crash/record.ts';
import { scenarioCount, scenarioOf } from './crash/scenario.ts';

const folder = diskFolder();
after(() => rmSync(folder, { recursive: true, force: true }));
let library: Promise<string> | undefined;

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
  const some = registryFaults().filter((fault) => wanted.test(nameOf(fault)));
  assert.ok(some.length >= 2, some.map(nameOf).join());
  for (const fault of some) {
    const found = await findPlanted(fault, options, 3);
    assert.ok(found !== undefined, `not found: ${nameOf(fault)}`);
    t.diagnostic(found);
  }
});

/** Undefined after skipping the test. */
async function prepare(t: TestContext): Promise<RecordOptions | undefined> {
  const compiler = findProgram('cc');
  if (!skipUnless(t, compiler !== undefined && process.platform === 'linux', 'a C compiler on Linux')) return undefined;
  library ??= compileRecorder(compiler ?? 'cc', folder);
  return { library: await library, folder };
}

/** The same seeds as in crash/long.ts. */
function seeded({ scenario, operations }: Recording, count: number): readonly Schedule[] {
  return Array.from({ length: count }, (_, turn) => scheduleOf(operations, scenario.seed + turn * scenarioCount));
}

async function expectFine(recording: Recording, schedules: Iterable<Schedule>): Promise<number> {
  const options = { check: checkOf(recording.scenario), folder, maxViolations: 3 };
  const { count, violations } = await runCrashes(recording.operations, schedules, options);
  assert.ok(violations.length === 0, violations.map((found) => describeRegistryCrash(recording, found)).join('\n'));
  return count;
}
