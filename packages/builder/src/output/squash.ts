import { writeLayer } from '@lading/image';
import { writeTar } from '@lading/tar';
import { stepKey } from '../cache/step-key.ts';
import { isoTime } from '../epoch.ts';
import type { BuildRequest } from '../request.ts';
import type { StageState } from '../stage-state.ts';
import { type BuildSession, throughCache } from '../step/session.ts';
import { entriesWithContent } from './file-system-entries.ts';
import { compressionName } from './layer-compression.ts';
import { planSquash } from './plan-squash.ts';

export type Squash = NonNullable<BuildRequest['squash']>;

/**
 * The state with layers put together: those above the base, or all. The file system is the same. The history keeps what was done, as
 * entries without a layer, and ends with one for the layer that is left; there is none when nothing was changed.
 */
export async function squash(session: BuildSession, state: StageState, what: Squash): Promise<StageState> {
  const { imageCompression, signal, output, epoch } = session;
  const kept = what === 'all' ? 0 : state.baseLayers;
  const count = state.layers.length - kept;
  if (count === 0) return state;
  const compressedAs = compressionName(imageCompression);
  const key = stepKey('squash', {
    below: state.layers.slice(0, kept).map(({ diffId }) => diffId),
    layers: state.layers.slice(kept).map(({ diffId }) => diffId),
    compression: compressedAs,
    epoch: String(epoch),
  });
  const { layer } = await throughCache(session, key, async () => {
    const system = await session.fileSystems.open(state.layers, session);
    const below = await session.fileSystems.open(state.layers.slice(0, kept), session);
    const plan = planSquash(below.tree, system.tree, epoch);
    if (plan.length === 0) return {};
    const entries = entriesWithContent(system, plan, session.spoolFolder, session);
    return {
      layer: {
        ...(await writeLayer(output, writeTar(entries, session), { signal, ...imageCompression })),
        compressedAs,
      },
    };
  });
  const merged = { created: isoTime(epoch), created_by: `lading squash: ${count} layer${count === 1 ? '' : 's'}` };
  const base = what === 'all' ? 0 : state.baseHistory;
  return {
    ...state,
    layers: [...state.layers.slice(0, kept), ...(layer === undefined ? [] : [layer])],
    baseLayers: kept,
    history: [
      ...state.history.slice(0, base),
      ...state.history.slice(base).map((entry) => ({ ...entry, empty_layer: true })),
      ...(layer === undefined ? [] : [merged]),
    ],
  };
}
