import { describeCrash, type Violation } from '../../crash/harness.ts';
import type { Recording } from './record.ts';

/** What a reader needs to understand a violation, and how to repeat it. */
export function describeRegistryCrash({ scenario, operations, log }: Recording, violation: Violation): string {
  return describeCrash({ operations, log }, violation, {
    program: 'tests/registry/crash/long.ts',
    scenario: scenario.seed,
    about: `scenario ${scenario.kind} ${scenario.seed}, sessions killed: ${JSON.stringify(scenario.kills)}`,
  });
}
