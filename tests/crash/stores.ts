import { join } from 'node:path';
import { checkOf } from './check.ts';
import { type Fault, findFaults, nameOf } from './faults.ts';
import { record } from './record.ts';
import { type Scenario, scenarioCount, scenarioOf } from './scenario.ts';
import type { Subject } from './subject.ts';

/** Syncs that are not looked for. */
const excepted: readonly (readonly [file: RegExp, code: RegExp, why: string])[] = [
  [/chunk-writer/, /datasync/, 'starts write-back early; commit syncs all of it'],
  [/flatten-ingests/, /syncFolder/, 'writes on their way may be lost'],
  [/directory-journal/, /^await handle\.datasync/, 'comes after an append that failed'],
  [/blob-files/, /^await syncBlobName/, 'shows only when a commit comes between two calls of a sweep: found by chance'],
];

/** Where a fault shows soonest that takes a coincidence to show: the scenario to begin with. */
const rare: readonly (readonly [name: RegExp, scenario: number])[] = [
  [/sqlite.*wal_checkpoint/, 2],
  [/\/journal\//, 3],
  [/store-format.*syncFolder/, 4],
  [/layout-index.*syncFolder/, 5],
];

/** What the command line keeps: stores in folders, with a catalog and without. */
export const stores: Subject<Scenario> = {
  scenarioOf,
  scenarioCount,
  record,
  checkOf,
  program: 'tests/crash/long.ts',
  faults: () =>
    findFaults(join(import.meta.dirname, '../..')).filter(
      ({ file, code }) => !excepted.some(([where, what]) => where.test(file) && what.test(code)),
    ),
  scenariosFor(fault: Fault) {
    const first = rare.find(([name]) => name.test(nameOf(fault)))?.[1] ?? 0;
    const numbers = Array.from({ length: scenarioCount }, (_, turn) => (first + turn) % scenarioCount);
    const isLike = (number: number): boolean => scenarioOf(number).kind === scenarioOf(first).kind;
    // Those of another kind may not come by the place at all.
    return [...numbers.filter(isLike), ...numbers.filter((other) => !isLike(other))];
  },
  schedulesForFault: 300,
};
