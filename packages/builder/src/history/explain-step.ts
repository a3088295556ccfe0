import type { ChangeBelow, ExplainedChange, StepExplanation } from '../cache/explanation.ts';
import { changesBetween } from '../cache/key-changes.ts';
import { recordOf } from '../cache/key-record.ts';
import type { KeyRecords } from '../cache/key-records.ts';
import type { StepOutcome } from '../cache/step-cache.ts';
import type { StepKey } from '../cache/step-key.ts';
import type { BuildRecord, StepRecord } from './build-record.ts';
import type { BuildRecorder } from './build-recorder.ts';

/** The step that looks for its result. */
export interface ExplainedStep {
  readonly id: string;
  readonly title: string;
  readonly stage: string;
}

/** Says of a step why it was found in the cache, or why not, by what earlier builds of the same Dockerfile and target made of it. */
export interface StepExplainer {
  hit(outcome: StepOutcome): StepExplanation;
  /** Also keeps what the key was made of, for the explanations to come. */
  miss(step: ExplainedStep, key: StepKey, noCache: boolean): Promise<StepExplanation>;
}

/** Builds further back are not looked at. */
const maxBuilds = 10;

export function createExplainer(records: KeyRecords, recorder: BuildRecorder | undefined): StepExplainer {
  let earlier: Promise<readonly BuildRecord[]> | undefined;
  return {
    hit({ origin }) {
      return { outcome: 'hit', since: origin?.at, build: origin?.build, cache: origin?.cache };
    },

    async miss(step, key, noCache) {
      const now = recordOf(key);
      const before = await records.find(key.digest);
      // An explanation is not worth a failure.
      if (before === undefined) await records.keep(now).catch(() => {});
      if (noCache) return { outcome: 'miss', reason: 'no-cache', changes: [] };
      earlier ??= recorder === undefined ? Promise.resolve([]) : earlierBuilds(recorder);
      if (before !== undefined) return { outcome: 'miss', reason: 'removed', changes: [] };
      for (const build of await earlier) {
        const match = nearestStep(build.steps, step);
        const old = match?.key && (await records.find(match.key));
        if (match === undefined || old === undefined) continue;
        const changes = changesBetween(old, now).map(
          (change): ExplainedChange =>
            change.what === 'file-system' && recorder !== undefined ? changeBelow(step, recorder, build) : change,
        );
        const comparedWith = { build: build.id, at: build.startedAt, step: match.title };
        return { outcome: 'miss', reason: 'changed', comparedWith, changes };
      }
      return { outcome: 'miss', reason: 'first', changes: [] };
    },
  };
}

async function earlierBuilds({ history, scope, id }: BuildRecorder): Promise<readonly BuildRecord[]> {
  const ids = (await history.ids(scope)).filter((one) => one < id).slice(0, maxBuilds);
  const builds = await Promise.all(ids.map((one) => history.read(one)));
  return builds.filter((build) => build !== undefined);
}

/** The same instruction of the same stage, wherever it stands now; else what stood in its place. */
function nearestStep(steps: readonly StepRecord[], step: ExplainedStep): StepRecord | undefined {
  const inStage = steps.filter(({ stage, key }) => stage === step.stage && key !== undefined);
  const same = inStage.filter(({ title }) => instructionOf(title) === instructionOf(step.title));
  return same.find(({ id }) => id === step.id) ?? same[0] ?? inStage.find(({ id }) => id === step.id);
}

/** `builder 2/5 RUN make` without what counts. */
function instructionOf(title: string): string {
  return title.replace(/^.*? \d+\/\d+ /s, '');
}

/** Where a change of the file system below a step came from: an earlier step of its stage, else what the stage starts from. */
function changeBelow(step: ExplainedStep, recorder: BuildRecorder, before: BuildRecord): ChangeBelow {
  const mine = recorder.steps.filter(({ stage, id }) => stage === step.stage && id !== step.id);
  for (const one of mine.toReversed()) {
    const old = nearestStep(before.steps, { id: one.id, title: one.title, stage: step.stage });
    if (old?.layer !== one.layer) return { what: 'step', step: one.title };
  }
  const [now, old] = [recorder.stage(step.stage).base, before.stages.find(({ name }) => name === step.stage)?.base];
  if (now === undefined || old === undefined) return { what: 'file-system' };
  if (now.digest === undefined && now.name === old.name && now.name !== 'scratch')
    return { what: 'stage', stage: now.name };
  if (now.name !== old.name) return { what: 'base', name: now.name, before: old.name, after: now.digest };
  if (now.digest !== old.digest) return { what: 'base', name: now.name, before: old.digest, after: now.digest };
  // A step that was removed left no trace in this build.
  return { what: 'file-system' };
}
