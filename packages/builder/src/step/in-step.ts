import type { StepReport } from '../request.ts';
import type { BuiltLayer } from '../stage-state.ts';
import type { BuildSession, CachedStep, StepPlace } from './session.ts';

/** What a step came to: a layer or none, and where it went through the cache, under which key. */
export type DoneStep = Pick<CachedStep, 'cached' | 'explanation'> & {
  readonly layer?: Pick<BuiltLayer, 'descriptor' | 'diffId'> | undefined;
  readonly key?: CachedStep['key'] | undefined;
};

/** Does the work of a step, of whatever frontend, between its events. One that fails does not end: the history and views see that. */
export async function inStep<T extends DoneStep>(
  { emit }: Pick<BuildSession, 'emit'>,
  { id: step, title, stage, line }: StepPlace,
  work: () => Promise<T>,
): Promise<{ readonly done: T; readonly report: StepReport }> {
  const started = performance.now();
  emit({ kind: 'step-start', step, title, line, stage });
  const done = await work();
  const durationMs = performance.now() - started;
  const { layer, cached, key, explanation } = done;
  emit({ kind: 'step-end', step, title, cached, durationMs, layer: layer?.diffId });
  const report = { title, line, cached, durationMs, key, explanation };
  return { done, report: layer === undefined ? report : { ...report, layer: layer.descriptor } };
}

/** A line of output of a step that runs no program. */
export function say({ emit }: Pick<BuildSession, 'emit'>, { id }: Pick<StepPlace, 'id'>, text: string): void {
  emit({ kind: 'step-output', step: id, chunk: Buffer.from(`${text}\n`) });
}
