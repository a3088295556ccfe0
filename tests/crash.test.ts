// No crash can hurt the stores: what they do to files is recorded, and every disk that a crash may leave of it is opened and looked at.
// tests/crash/README.md tells how, and how to repeat what fails.
import assert from 'node:assert/strict';
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { after, type TestContext, test } from 'node:test';
import { findProgram, isLongRun, skipUnless } from '@lading/testkit';
import { type Fault, findFaults } from './crash/faults.ts';
import { describeViolation, diskFolder, runSchedules } from './crash/harness.ts';
import { compileRecorder, type Recording, type RecordOptions, record } from './crash/record.ts';
import { scenarioCount, scenarioOf } from './crash/scenario.ts';
import { everyPromise, type Schedule, scheduleOf } from './crash/schedule.ts';

const folder = diskFolder();
after(() => rmSync(folder, { recursive: true, force: true }));
let library: Promise<string> | undefined;

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

/** Syncs that are not looked for. */
const excepted: readonly (readonly [file: RegExp, code: RegExp, why: string])[] = [
  [/chunk-writer/, /datasync/, 'starts write-back early; commit syncs all of it'],
  [/flatten-ingests/, /syncFolder/, 'writes on their way may be lost'],
  [/directory-journal/, /^await handle\.datasync/, 'comes after an append that failed'],
  [/blob-files/, /^await syncBlobName/, 'shows only when a commit comes between two calls of a sweep: found by chance'],
];

test('the harness finds bytes and names that are not synced', async (t) => {
  const options = await prepare(t);
  if (options === undefined) return;
  const some = faults().filter((fault) => /write-new-file.*datasync|sync-folder.*folders\.sync/.test(nameOf(fault)));
  assert.equal(some.length, 2, some.map(nameOf).join());
  for (const fault of some) t.diagnostic(await expectFound(fault, options));
});

test('the harness finds every sync that is left out, and every file that does not appear at once', async (t) => {
  const options = isLongRun(t) ? await prepare(t) : undefined;
  if (options === undefined) return;
  assert.ok(faults().length >= 15, `there are ${faults().length} places to plant a fault in`);
  for (const fault of faults()) t.diagnostic(await expectFound(fault, options));
});

/** Undefined after skipping the test. */
async function prepare(t: TestContext): Promise<RecordOptions | undefined> {
  const compiler = findProgram('cc');
  if (!skipUnless(t, compiler !== undefined && process.platform === 'linux', 'a C compiler on Linux')) return undefined;
  library ??= compileRecorder(compiler ?? 'cc', folder);
  return { library: await library, folder };
}

/** The same seeds as in long.ts. */
function seeded({ scenario, operations }: Recording, count: number): readonly Schedule[] {
  return Array.from({ length: count }, (_, turn) => scheduleOf(operations, scenario.seed + turn * scenarioCount));
}

async function expectFine(recording: Recording, schedules: Iterable<Schedule>): Promise<number> {
  const { count, violations } = await runSchedules(recording, schedules, folder, 3);
  assert.ok(violations.length === 0, violations.map((violation) => describeViolation(recording, violation)).join('\n'));
  return count;
}

function faults(): readonly Fault[] {
  const isNeeded = ({ file, code }: Fault): boolean =>
    !excepted.some(([where, what]) => where.test(file) && what.test(code));
  return findFaults(join(import.meta.dirname, '..')).filter(isNeeded);
}

function nameOf({ file, line, before }: Fault): string {
  return `${file}:${line} without ${before}`;
}

/** Where a fault shows soonest that takes a coincidence to show: the scenario to begin with. */
const rare: readonly (readonly [name: RegExp, scenario: number])[] = [
  [/sqlite.*wal_checkpoint/, 2],
  [/\/journal\//, 3],
  [/store-format.*syncFolder/, 4],
  [/layout-index.*syncFolder/, 5],
];

/** Plants a fault and runs until something is seen of it: what that is. */
async function expectFound(fault: Fault, options: RecordOptions): Promise<string> {
  const first = rare.find(([name]) => name.test(nameOf(fault)))?.[1] ?? 0;
  const numbers = Array.from({ length: scenarioCount }, (_, turn) => (first + turn) % scenarioCount);
  const isLike = (number: number): boolean => scenarioOf(number).kind === scenarioOf(first).kind;
  // Those of another kind may not come by the place at all.
  for (const number of [...numbers.filter(isLike), ...numbers.filter((other) => !isLike(other))]) {
    const recording = await record(scenarioOf(number), { ...options, fault: JSON.stringify(fault) });
    for (const schedules of [everyPromise(recording.operations), seeded(recording, 300)]) {
      const { violations } = await runSchedules(recording, schedules, folder, 1);
      const seen = violations[0]?.wrong[0]?.split('\n', 1)[0];
      if (seen !== undefined) return `${nameOf(fault)}: scenario ${number}: ${seen}`;
    }
  }
  assert.fail(`not found: ${nameOf(fault)}`);
}
