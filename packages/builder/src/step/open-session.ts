import { withImports } from '../cache/imported-cache.ts';
import { openKeyRecords } from '../cache/key-records.ts';
import type { LayerLeases } from '../cache/step-cache.ts';
import { openStepCache } from '../cache/step-cache.ts';
import { createExplainer } from '../history/explain-step.ts';
import type { BuildEnvironment } from '../request.ts';
import type { BuildSession } from './session.ts';

/** What keeps, finds and tells of a build, whatever it is built from. */
export type RecordingEnvironment = Pick<
  BuildEnvironment,
  'output' | 'cacheFolder' | 'onEvent' | 'recorder' | 'caches' | 'isFetchable'
>;

/**
 * The part of a session that every frontend has alike: the cache, with those to import behind it, explanations by earlier builds, and events
 * that the history hears as well as the caller.
 */
export function openSession(
  { output, cacheFolder, onEvent, recorder, caches = [], isFetchable }: RecordingEnvironment,
  leases: LayerLeases,
): Pick<BuildSession, 'output' | 'cache' | 'explainer' | 'emit' | 'running'> {
  const cache = openStepCache(cacheFolder, output.content, leases, { build: recorder?.id, isFetchable });
  return {
    output,
    cache: withImports(cache, caches),
    explainer: createExplainer(openKeyRecords(cacheFolder), recorder),
    emit: (event) => {
      recorder?.onEvent(event);
      onEvent?.(event);
    },
    running: new Map(),
  };
}
