// Runs schedules over a recording: the state of the disk is written into a folder, and checked against what had been promised.
import { accessSync, constants, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { digestOf, hexOf } from '@lading/oci';
import { createRandom, type Random } from './random.ts';
import type { Recording } from './recorder.ts';
import { type Schedule, stateAfter } from './schedule.ts';
import { writeFolder } from './stored-folder.ts';
import type { Operation } from './trace.ts';

/** Opens the disk in a folder, which it may change, and holds it against the marks before the crash. Says what is wrong, a line each. */
export type Check = (path: string, marks: Iterable<string>, random: Random) => Promise<readonly string[]>;

export interface Violation {
  readonly schedule: Schedule;
  readonly wrong: readonly string[];
}

/** A new folder for disks, in memory where the system has a place for that. The caller removes it. */
export function diskFolder(): string {
  try {
    accessSync('/dev/shm', constants.W_OK);
    return mkdtempSync('/dev/shm/lading-crash-');
  } catch {
    return mkdtempSync(join(tmpdir(), 'lading-crash-'));
  }
}

/** So many at the same time: most of a schedule is waiting for small file operations. */
const lanes = 3;

export interface RunOptions {
  readonly check: Check;
  /** Folders are made in it, and removed. */
  readonly folder: string;
  /** After so many it ends early. */
  readonly maxViolations?: number | undefined;
}

export interface Checked {
  readonly count: number;
  readonly violations: readonly Violation[];
}

/** Runs schedules over what was recorded: what was found to be wrong. */
export async function runCrashes(
  operations: readonly Operation[],
  schedules: Iterable<Schedule>,
  { check, folder, maxViolations = Number.POSITIVE_INFINITY }: RunOptions,
): Promise<Checked> {
  const left = schedules[Symbol.iterator]();
  const violations: Violation[] = [];
  let count = 0;
  const runOne = async (schedule: Schedule, path: string): Promise<void> => {
    writeFolder(path, stateAfter(operations, schedule));
    const wrong = await check(path, marks(operations, schedule.cut), createRandom(schedule.seed));
    rmSync(path, { recursive: true });
    count++;
    if (wrong.length > 0) violations.push({ schedule, wrong });
  };
  const run = async (lane: number): Promise<void> => {
    for (let next = left.next(); !next.done && violations.length < maxViolations; next = left.next()) {
      await runOne(next.value, join(folder, `disk-${lane}`));
    }
  };
  await Promise.all(Array.from({ length: lanes }, (_, lane) => run(lane)));
  return { count, violations };
}

/**
 * The scenario, the crash, its choices, and what came before it. Keeps the recording in a file, and says how the program of the long mode
 * repeats the schedule on it: what runs at the same time does not come in the same order each time.
 */
export function describeCrash(
  { scenario, operations, log }: Recording,
  { schedule, wrong }: Violation,
  program: string,
): string {
  const kept = join(tmpdir(), `lading-crash-${scenario.seed}-${hexOf(digestOf(log)).slice(0, 8)}.recording`);
  writeFileSync(kept, log);
  const { cut, model, mood, seed } = schedule;
  const choices: string[] = [];
  stateAfter(operations, schedule, (choice) => choices.push(choice));
  const first = Math.max(0, cut - 12);
  return [
    ...wrong.map((line) => `wrong: ${line}`),
    `  to repeat: node ${program} --recording ${kept} --scenario ${scenario.seed} --schedule '${JSON.stringify(schedule)}'`,
    `  scenario ${scenario.kind} ${scenario.seed}, sessions killed: ${JSON.stringify(scenario.kills)}`,
    `  schedule ${seed}: cut after ${cut} of ${operations.length} operations, model ${model}, what was not synced: ${mood}`,
    ...choices.map((choice) => `  ${choice}`),
    '  the last operations before the crash:',
    ...operations.slice(first, cut).map((operation, index) => `    ${first + index} ${describeOperation(operation)}`),
  ].join('\n');
}

function* marks(operations: readonly Operation[], cut: number): Generator<string> {
  for (let at = 0; at < cut; at++) {
    const operation = operations[at]!;
    if (operation.kind === 'mark') yield operation.text;
  }
}

function describeOperation(operation: Operation): string {
  switch (operation.kind) {
    case 'write':
      return `write ${operation.path} at ${operation.offset}: ${operation.data.length} bytes`;
    case 'resize':
      return `resize ${operation.path} to ${operation.size}`;
    case 'rename':
    case 'link':
      return `${operation.kind} ${operation.path} to ${operation.to}`;
    case 'mark':
      return operation.text;
    default:
      return `${operation.kind} /${operation.path}`;
  }
}
