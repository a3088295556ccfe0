import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { setTimeout as delay } from 'node:timers/promises';

/** A program of others that works for its clients. */
export interface Daemon {
  readonly pid: number;
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
  return { pid, stop };
}
