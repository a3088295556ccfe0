import { type Fault, nameOf } from './faults.ts';
import { runCrashes } from './harness.ts';
import type { RecordOptions } from './recorder.ts';
import { everyPromise, scheduleOf } from './schedule.ts';
import type { Sessions } from './sessions.ts';
import type { Subject } from './subject.ts';

/** Plants a fault and runs until something is seen of it: what that is. Undefined when nothing is. */
export async function findPlanted<S extends Sessions>(
  subject: Subject<S>,
  fault: Fault,
  options: RecordOptions,
  numbers: readonly number[] = subject.scenariosFor(fault),
): Promise<string | undefined> {
  const { scenarioCount, schedulesForFault } = subject;
  for (const number of numbers) {
    const planted = { ...options, fault: JSON.stringify(fault) };
    const { scenario, operations } = await subject.record(subject.scenarioOf(number), planted);
    const seeded = Array.from({ length: schedulesForFault }, (_, turn) =>
      scheduleOf(operations, number + turn * scenarioCount),
    );
    for (const schedules of [everyPromise(operations), seeded]) {
      const run = { check: subject.checkOf(scenario), folder: options.folder, maxViolations: 1 };
      const { violations } = await runCrashes(operations, schedules, run);
      const seen = violations[0]?.wrong[0]?.split('\n', 1)[0];
      if (seen !== undefined) return `${nameOf(fault)}: scenario ${number}: ${seen}`;
    }
  }
  return undefined;
}
