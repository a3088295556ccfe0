import { join } from 'node:path';
import { findFaults } from '../../crash/faults.ts';
import type { Subject } from '../../crash/subject.ts';
import { checkOf } from './check.ts';
import { record } from './record.ts';
import { type Scenario, scenarioCount, scenarioOf } from './scenario.ts';

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

/** `lading serve` and all that it writes with. */
export const registry: Subject<Scenario> = {
  scenarioOf,
  scenarioCount,
  record,
  checkOf,
  program: 'tests/registry/crash/long.ts',
  faults: () =>
    findFaults(join(import.meta.dirname, '../../..'), sources).filter(
      ({ file, code }) => !excepted.some(([where, what]) => where.test(file) && what.test(code)),
    ),
  scenariosFor: () => Array.from({ length: scenarioCount }, (_, number) => number),
  schedulesForFault: 100,
};
