import type { BuildRecord, StepRecord } from './build-record.ts';

/**
 * The steps that a build's duration came from: the one that ended last, before it the one that it had to wait for, and so on, through the
 * stages that were needed. To make a build faster, one of these has to be.
 */
export function criticalPath({ steps, stages }: Pick<BuildRecord, 'steps' | 'stages'>): readonly StepRecord[] {
  const ended = steps.filter(({ durationMs }) => durationMs !== undefined);
  const needs = new Map(stages.map(({ name, needs: needed }) => [name, needed]));
  const last = (candidates: readonly StepRecord[]): StepRecord | undefined =>
    candidates.reduce<StepRecord | undefined>((a, b) => (a !== undefined && endOf(a) >= endOf(b) ? a : b), undefined);

  const path: StepRecord[] = [];
  const seen = new Set<StepRecord>();
  for (let at = last(ended); at !== undefined && !seen.has(at); ) {
    path.push(at);
    seen.add(at);
    const { stage, startMs } = at;
    const before = ended.filter(
      (step) =>
        !seen.has(step) &&
        endOf(step) <= startMs + toleranceMs &&
        (step.stage === stage || (stage !== undefined && (needs.get(stage)?.includes(step.stage ?? '') ?? false))),
    );
    at = last(before);
  }
  return path.reverse();
}

/** Starts and ends are rounded to milliseconds. */
const toleranceMs = 1;

function endOf({ startMs, durationMs = 0 }: StepRecord): number {
  return startMs + durationMs;
}
