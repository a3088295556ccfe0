import type { Io } from '@lading/bytes';
import type { Layer } from '@lading/image';
import type { TarEntryInput } from '@lading/tar';
import { type StepParts, stepKey } from '../cache/step-key.ts';
import type { StepReport } from '../request.ts';
import { type BuildSession, type StepPlace, throughCache, writeStepLayer } from '../step/session.ts';

/** What the phases of one build share. */
export interface PhaseSession
  extends Io,
    Pick<
      BuildSession,
      | 'output'
      | 'platform'
      | 'epoch'
      | 'snapshots'
      | 'noCache'
      | 'cache'
      | 'explainer'
      | 'fileSystems'
      | 'context'
      | 'spoolFolder'
      | 'limiter'
      | 'emit'
      | 'compression'
      | 'imageCompression'
      | 'running'
      | 'materials'
    > {
  /** What was done so far, in order. */
  readonly reports: StepReport[];
}

/** A phase's session with the place of one of its steps. */
export interface PhaseStepSession extends PhaseSession {
  readonly step: StepPlace;
}

/** A thing that a phase does, such as one buildpack's detection. */
export interface PhaseStep {
  /** `detect samples/node@1.0.0`: the same in every build. */
  readonly title: string;
}

/** Does a step's work between its start and end events. */
export async function inStep<T extends { readonly cached: boolean; readonly layer?: Layer | undefined }>(
  session: PhaseSession,
  { title }: PhaseStep,
  work: (session: PhaseStepSession) => Promise<T>,
): Promise<T> {
  const started = performance.now();
  session.emit({ kind: 'step-start', step: title, title });
  const stage = title.slice(0, Math.max(0, title.indexOf(' ')));
  const done = await work({ ...session, step: { id: title, title, stage, line: 0 } });
  const durationMs = performance.now() - started;
  session.emit({ kind: 'step-end', step: title, title, cached: done.cached, durationMs });
  const layer = done.layer === undefined ? {} : { layer: done.layer.descriptor };
  session.reports.push({ title, line: 0, cached: done.cached, durationMs, ...layer });
  return done;
}

/** A layer that depends on nothing but `parts`, made when the cache has none. */
export async function cachedLayer(
  session: PhaseSession,
  parts: StepParts,
  entries: () => AsyncIterable<TarEntryInput> | Iterable<TarEntryInput>,
): Promise<Layer> {
  const key = stepKey('buildpack', parts);
  const { layer } = await throughCache(session, key, async () => ({
    layer: await writeStepLayer(session, entries()),
  }));
  return layer as Layer;
}
