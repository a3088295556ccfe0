import type { Fault } from './faults.ts';
import { type Check, describeCrash, runCrashes } from './harness.ts';
import type { Recording, RecordOptions } from './recorder.ts';
import type { Schedule } from './schedule.ts';
import type { Sessions } from './sessions.ts';

/** What crashes. */
export interface Subject<S extends Sessions> {
  /** Any number is a scenario. */
  scenarioOf(number: number): S;
  /** So many are run unless told. */
  readonly scenarioCount: number;
  record(scenario: S, options: RecordOptions): Promise<Recording<S>>;
  checkOf(scenario: S): Check;
  /** The program of its long mode. */
  readonly program: string;
  /** Each has to be noticed. */
  faults(): readonly Fault[];
  /** Numbers of scenarios in which a fault may show, the likeliest first. */
  scenariosFor(fault: Fault): readonly number[];
  /** How many schedules of each are enough for it. */
  readonly schedulesForFault: number;
}

/** Runs schedules over a recording: how many, and what was wrong, in the words of a report. */
export async function crash<S extends Sessions>(
  subject: Subject<S>,
  recording: Recording<S>,
  schedules: Iterable<Schedule>,
  { folder, maxViolations }: { readonly folder: string; readonly maxViolations?: number | undefined },
): Promise<{ readonly count: number; readonly reports: readonly string[] }> {
  const options = { check: subject.checkOf(recording.scenario), folder, maxViolations };
  const { count, violations } = await runCrashes(recording.operations, schedules, options);
  return { count, reports: violations.map((violation) => describeCrash(recording, violation, subject.program)) };
}
