import { stepKey } from '../cache/step-key.ts';
import { withFoldersAbove } from '../copy/folders-above.ts';
import { resolveOwner } from '../copy/owner.ts';
import { planFolder } from '../copy/plan.ts';
import { fileSystemId, type StageState } from '../stage-state.ts';
import { type CachedStep, type StepSession, throughCache, writeStepLayer } from './session.ts';

/** WORKDIR makes the folder where it is missing, owned by the user of the stage. */
export async function makeWorkingDirectory(session: StepSession, state: StageState, path: string): Promise<CachedStep> {
  const user = state.config.User ?? '';
  const key = stepKey('workdir', {
    fileSystem: fileSystemId(state),
    path,
    user,
    epoch: String(session.epoch),
  });
  return throughCache(session, key, async () => {
    const system = await session.fileSystems.open(state.layers, session);
    const owner = await resolveOwner(user, (at) => system.text(at, session));
    const plan = planFolder(system.tree, path, owner, session.epoch);
    const entries = withFoldersAbove(system.tree, plan, session.epoch);
    if (entries.length === 0) return {};
    return { layer: await writeStepLayer(session, entries) };
  });
}
