// Faults in what the registry writes with: one sync less at each place. The long mode looks for each of them.
import { join } from 'node:path';
import { type Fault, findFaults } from '../../crash/faults.ts';
import { runCrashes } from '../../crash/harness.ts';
import type { RecordOptions } from '../../crash/record.ts';
import { everyPromise, scheduleOf } from '../../crash/schedule.ts';
import { checkOf } from './check.ts';
import { record } from './record.ts';
import { scenarioCount, scenarioOf } from './scenario.ts';

const sources = [
  'packages/store/src/{directory,internal,journal}/*.ts',
  'packages/catalog/src/open-catalog.ts',
  'packages/catalog/src/database/sqlite.ts',
];

/** Syncs that are not looked for here. */
const excepted: readonly (readonly [file: RegExp, code: RegExp, why: string])[] = [
  [/chunk-writer/, /datasync/, 'starts write-back early; commit syncs all of it'],
  [/flatten-ingests/, /syncFolder/, 'uploads on their way may be lost'],
  [/blob-files/, /^await syncBlobName/, 'shows only when a commit comes between two calls of a sweep'],
  [/sqlite|open-catalog/, /./, 'what the database loses, the journal gives back: that it does is what is checked'],
  [/store-format/, /makeFolder/, 'making the folder of the journal, which comes after it, syncs the same names'],
  [/directory-content/, /syncBlobName/, 'of leases of the store, which requests do not take'],
  [/directory-journal/, /makeFolder/, 'making the database, which comes after it, syncs the same names'],
  [/directory-journal/, /^await handle\.datasync/, 'after a sync that failed'],
];

export function registryFaults(): readonly Fault[] {
  const isNeeded = ({ file, code }: Fault): boolean =>
    !excepted.some(([where, what]) => where.test(file) && what.test(code));
  return findFaults(join(import.meta.dirname, '../../..'), sources).filter(isNeeded);
}

export function nameOf({ file, line, before }: Fault): string {
  return `${file}:${line} without ${before}`;
}

/** Plants a fault and runs until something is seen of it: what that is. Undefined when nothing is. */
export async function findPlanted(
  fault: Fault,
  options: RecordOptions,
  scenarios: number,
): Promise<string | undefined> {
  for (let number = 0; number < scenarios; number++) {
    const { scenario, operations } = await record(scenarioOf(number), { ...options, fault: JSON.stringify(fault) });
    const seeded = Array.from({ length: 100 }, (_, turn) => scheduleOf(operations, number + turn * scenarioCount));
    for (const schedules of [everyPromise(operations), seeded]) {
      const run = { check: checkOf(scenario), folder: options.folder, maxViolations: 1 };
      const { violations } = await runCrashes(operations, schedules, run);
      const seen = violations[0]?.wrong[0]?.split('\n', 1)[0];
      if (seen !== undefined) return `${nameOf(fault)}: scenario ${number}: ${seen}`;
    }
  }
  return undefined;
}
