import { writeLayer } from '@lading/image';
import { resolveUser } from '@lading/runtime';
import { writeTar } from '@lading/tar';
import { stepKey } from '../cache/step-key.ts';
import { planCopy } from '../copy/plan.ts';
import { fileSystemId, type StageState } from '../stage-state.ts';
import { type BuildSession, type CachedStep, throughCache } from './session.ts';

/** WORKDIR makes the folder where it is missing, owned by the user of the stage. */
export async function makeWorkingDirectory(
  session: BuildSession,
  state: StageState,
  path: string,
): Promise<CachedStep> {
  const user = state.config.User ?? '';
  const key = stepKey('workdir', {
    fileSystem: fileSystemId(state),
    path,
    user,
    epoch: String(session.epoch),
  });
  return throughCache(session, key, async () => {
    const system = await session.fileSystems.open(state.layers, session);
    const owner = resolveUser(
      user,
      await system.text('/etc/passwd', session),
      await system.text('/etc/group', session),
    );
    const entries = planCopy(system.tree, {
      selected: [
        {
          path: '',
          keptFrom: 0,
          inside: [],
          file: { path: '', type: 'directory', mode: 0o755, uid: 0, gid: 0, size: 0, mtime: session.epoch },
        },
      ],
      inline: [],
      destination: path,
      workdir: '/',
      plural: false,
      parents: false,
      owner: { uid: owner.uid, gid: owner.gid },
      epoch: session.epoch,
    });
    if (entries.length === 0) return {};
    return { layer: await writeLayer(session.output, writeTar(entries), session) };
  });
}
