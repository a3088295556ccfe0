import type { Daemon } from '../../peers/daemon.ts';
import { measureProcess } from '../measured-process.ts';
import type { BuildCost } from './builder.ts';
import { forgetTreePeak, treeCpuMs, treePeakBytes } from './process-tree.ts';

/** What the client and the daemon behind it, with all that they started, took: peaks are added up. */
export async function measureClient(
  { pid }: Daemon,
  client: readonly [string, ...string[]],
  options: { readonly folder: string; readonly env?: NodeJS.ProcessEnv },
): Promise<BuildCost> {
  await forgetTreePeak(pid);
  const before = await treeCpuMs(pid);
  const { wallMs, cpuMs = 0, peakBytes = 0 } = await measureProcess(client, options);
  return {
    wallMs,
    cpuMs: cpuMs + (await treeCpuMs(pid)) - before,
    peakBytes: peakBytes + (await treePeakBytes(pid)),
  };
}
