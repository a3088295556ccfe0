import assert from 'node:assert/strict';
import { rmSync } from 'node:fs';
import { after, type TestContext } from 'node:test';
import { findProgram, skipUnless } from '@lading/testkit';
import { diskFolder } from './harness.ts';
import { compileRecorder, type Recording, type RecordOptions } from './recorder.ts';
import { type Schedule, scheduleOf } from './schedule.ts';
import type { Sessions } from './sessions.ts';
import { crash, type Subject } from './subject.ts';

/** What a test file of crashes works with. */
export interface Proof<S extends Sessions> {
  /** The recorder, compiled once, and a folder; undefined after skipping the test. */
  prepare(t: TestContext): Promise<RecordOptions | undefined>;
  /** The same seeds as in the long mode. */
  seeded(recording: Recording<S>, count: number): readonly Schedule[];
  /** How many crashes it stood. */
  expectFine(recording: Recording<S>, schedules: Iterable<Schedule>): Promise<number>;
}

/** For a test file; its folder goes after all tests. */
export function proofOf<S extends Sessions>(subject: Subject<S>): Proof<S> {
  const folder = diskFolder();
  after(() => rmSync(folder, { recursive: true, force: true }));
  let library: Promise<string> | undefined;
  return {
    async prepare(t) {
      const compiler = findProgram('cc');
      if (!skipUnless(t, compiler !== undefined && process.platform === 'linux', 'a C compiler on Linux'))
        return undefined;
      library ??= compileRecorder(compiler ?? 'cc', folder);
      return { library: await library, folder };
    },
    seeded: ({ scenario, operations }, count) =>
      Array.from({ length: count }, (_, turn) => scheduleOf(operations, scenario.seed + turn * subject.scenarioCount)),
    async expectFine(recording, schedules) {
      const { count, reports } = await crash(subject, recording, schedules, { folder, maxViolations: 3 });
      assert.ok(reports.length === 0, reports.join('\n'));
      return count;
    },
  };
}
