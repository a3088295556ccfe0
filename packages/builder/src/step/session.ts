import type { Io } from '@lading/bytes';
import { throwIfAborted } from '@lading/errors';
import type { Layer } from '@lading/image';
import { layerOf } from '@lading/image';
import type { Digest, Platform } from '@lading/oci';
import type { Snapshots } from '@lading/runtime';
import type { Repository } from '@lading/store';
import type { StepCache, StepOutcome } from '../cache/step-cache.ts';
import type { FileSource } from '../file-source.ts';
import type { FileSystems } from '../file-system.ts';
import type { Limiter } from '../internal/limiter.ts';
import type { BuildEvent } from '../request.ts';

/** What all steps of one build share. */
export interface BuildSession extends Io {
  readonly output: Repository;
  readonly platform: Platform;
  readonly epoch: number;
  readonly noCache: boolean;
  readonly cache: StepCache;
  readonly fileSystems: FileSystems;
  readonly snapshots: () => Promise<Snapshots>;
  readonly context: FileSource;
  readonly spoolFolder: string;
  readonly limiter: Limiter;
  readonly emit: (event: BuildEvent) => void;
  /** Steps that are under way, so that equal ones of two stages run once. */
  readonly running: Map<Digest, Promise<StepOutcome>>;
}

export interface CachedStep {
  readonly layer?: Layer;
  readonly cached: boolean;
}

/** Takes a step's outcome from the cache, or does the work and keeps what came of it. */
export async function throughCache(
  session: BuildSession,
  key: Digest,
  work: () => Promise<StepOutcome>,
): Promise<CachedStep> {
  const known = session.noCache ? undefined : await session.cache.find(key, session);
  if (known !== undefined) return { ...layerFrom(session, known), cached: true };
  let running = session.running.get(key);
  if (running === undefined) {
    running = session.limiter(async () => {
      throwIfAborted(session.signal);
      const outcome = await work();
      await session.cache.keep(key, outcome);
      return outcome;
    });
    session.running.set(key, running);
  }
  return { ...layerFrom(session, await running), cached: false };
}

function layerFrom(session: BuildSession, outcome: StepOutcome): { layer?: Layer } {
  if (outcome.layer === undefined) return {};
  return { layer: layerOf(session.output.content, outcome.layer.descriptor, outcome.layer.diffId) };
}
