import type { Io } from '@lading/bytes';
import type { Layer } from '@lading/image';
import type { TarEntryInput } from '@lading/tar';
import { type StepKey, type StepParts, stepKey } from '../cache/step-key.ts';
import type { FileSource, SourceFile } from '../file-source.ts';
import type { StepReport } from '../request.ts';
import { type DoneStep, inStep } from '../step/in-step.ts';
import { type BuildSession, type CachedStep, type StepPlace, throughCache, writeStepLayer } from '../step/session.ts';

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

/** The phases of a build, to the history: their steps follow each other. */
export const stage = 'buildpacks';

/** Does a thing that a phase does as a step. `title` is the same in every build: `detect samples/node@1.0.0`. */
export async function inPhase<T extends DoneStep>(
  session: PhaseSession,
  title: string,
  work: (session: PhaseStepSession) => Promise<T>,
): Promise<T> {
  const step = { id: title, title, stage };
  const { done, report } = await inStep(session, step, () => work({ ...session, step }));
  session.reports.push(report);
  return done;
}

/** A layer that depends on nothing but the key, made when the cache has none. */
export async function cachedLayer(
  session: PhaseSession,
  key: StepKey,
  entries: () => AsyncIterable<TarEntryInput> | Iterable<TarEntryInput>,
): Promise<CachedStep & { readonly layer: Layer }> {
  const made = await throughCache(session, key, async () => ({ layer: await writeStepLayer(session, entries()) }));
  return made as CachedStep & { readonly layer: Layer };
}

/** Of the files of a source, all of them: the key names each, so that an explanation can. */
export async function filesKey(
  session: PhaseSession,
  { identity }: FileSource,
  files: readonly SourceFile[],
  parts: StepParts,
): Promise<StepKey> {
  const content = await identity.fingerprint(files, session);
  return stepKey('buildpack', { ...parts, content }, () =>
    files.map((file) => ({ path: file.path, mark: identity.mark(file) })),
  );
}
