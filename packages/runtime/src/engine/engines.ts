import { LadingError } from '@lading/errors';
import type { ProcessSpec } from '../process.ts';
import { bubblewrapEngine } from './bubblewrap.ts';
import { crunEngine } from './crun.ts';
import type { Engine, EngineName } from './engine.ts';
import { runcEngine } from './runc.ts';
import { unshareEngine } from './unshare.ts';

/** In order of preference: the strongest walls first, the quicker of equals before the slower, the least complete last. */
export const engines: readonly Engine[] = [crunEngine, runcEngine, unshareEngine, bubblewrapEngine];

export function findEngine(name: string): Engine | undefined {
  return engines.find((engine) => engine.name === name);
}

/** The first engine of `available` that can run the process. Throws RUNTIME_UNAVAILABLE with the reason of each that cannot. */
export function chooseEngine(available: readonly EngineName[], process: ProcessSpec): Engine {
  const reasons: string[] = [];
  for (const name of available) {
    const engine = findEngine(name);
    const reason = engine?.refuses(process);
    if (engine !== undefined && reason === undefined) return engine;
    if (reason !== undefined) reasons.push(reason);
  }
  throw new LadingError(
    'RUNTIME_UNAVAILABLE',
    `Cannot run ${process.argv[0]}: ${reasons.length > 0 ? reasons.join('; ') : 'no engine is available'}`,
    { hint: 'Install crun, runc or util-linux, or unset LADING_ENGINE.' },
  );
}
