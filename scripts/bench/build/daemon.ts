import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { setTimeout as delay } from 'node:timers/promises';
import { measureProcess } from '../measured-process.ts';
import type { BuildCost } from './builder.ts';
import { forgetTreePeak, treeCpuMs, treePeakBytes } from './process-tree.ts';

/** A daemon that builds for a client. */
export interface Daemon {
  /** What the client and the daemon, with all that they started, took: peaks are added up. */
  measure(client: readonly [string, ...string[]], options: { readonly folder: string }): Promise<BuildCost>;
  stop(): Promise<void>;
}

/** So long a daemon may take to end. */
const stopMs = 20_000;

/** Undefined when the daemon ends before it answers. */
export async function startDaemon(
  [file, ...args]: readonly [string, ...string[]],
  answers: () => Promise<boolean>,
  env: NodeJS.ProcessEnv = {},
): Promise<Daemon | undefined> {
  const child = spawn(file, args, { stdio: 'ignore', env: { ...process.env, ...env } });
  const { pid } = child;
  const hasEnded = (): boolean => child.exitCode !== null || child.signalCode !== null;
  const kill = (): void => void (hasEnded() || child.kill('SIGTERM'));
  process.once('exit', kill);
  const stop = async (): Promise<void> => {
    process.removeListener('exit', kill);
    if (hasEnded()) return;
    child.kill('SIGTERM');
    const hard = setTimeout(() => child.kill('SIGKILL'), stopMs);
    await once(child, 'exit');
    clearTimeout(hard);
  };
  for (let left = 200; pid === undefined || !(await answers()); left -= 1) {
    if (left === 0 || hasEnded()) {
      await stop();
      return undefined;
    }
    await delay(100);
  }
  return {
    stop,
    async measure(client, { folder }) {
      await forgetTreePeak(pid);
      const before = await treeCpuMs(pid);
      const { wallMs, cpuMs = 0, peakBytes = 0 } = await measureProcess(client, { folder, env });
      return {
        wallMs,
        cpuMs: cpuMs + (await treeCpuMs(pid)) - before,
        peakBytes: peakBytes + (await treePeakBytes(pid)),
      };
    },
  };
}
