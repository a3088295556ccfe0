import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { program } from '../lading.ts';

export interface ServedRegistry {
  readonly url: string;
  readonly port: number;
  readonly pid: number;
  /** The largest resident set so far, in bytes. */
  peakBytes(): number;
  /** What it said on stderr, the last of it. */
  log(): string;
  /** False once it has ended, however it did. */
  isRunning(): boolean;
  stop(signal?: NodeJS.Signals): Promise<void>;
}

/** Runs `lading serve` as its users do; the caller stops it. Throws when it does not listen. */
export async function serveRegistry(
  args: readonly string[],
  { port = 0, env = {} }: { readonly port?: number; readonly env?: NodeJS.ProcessEnv } = {},
): Promise<ServedRegistry> {
  const child: ChildProcess = spawn(program, ['serve', '--listen', `127.0.0.1:${port}`, '--log', 'none', ...args], {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { ...process.env, ...env },
  });
  let [said, log] = ['', ''];
  child.stdout?.on('data', (chunk: Buffer) => {
    said += chunk;
  });
  child.stderr?.on('data', (chunk: Buffer) => {
    log = (log + chunk).slice(-20_000);
  });
  const isRunning = (): boolean => child.exitCode === null && child.signalCode === null;
  const stop = async (signal: NodeJS.Signals = 'SIGTERM'): Promise<void> => {
    if (!isRunning()) return;
    const closed = once(child, 'close');
    child.kill(signal);
    await closed;
  };
  for (const end = Date.now() + 60_000; Date.now() < end && isRunning(); await sleep(10)) {
    const [url, bound] = /http:\/\/127\.0\.0\.1:(\d+)/.exec(said) ?? [];
    if (url === undefined) continue;
    const { pid = 0 } = child;
    return { url, port: Number(bound), pid, peakBytes: () => peakBytesOf(pid), log: () => log, isRunning, stop };
  }
  await stop('SIGKILL');
  throw new Error(`lading serve did not listen: ${said}${log}`);
}

function peakBytesOf(pid: number): number {
  const status = readFileSync(`/proc/${pid}/status`, 'utf8');
  return Number(/^VmHWM:\s+(\d+) kB$/m.exec(status)?.[1] ?? 0) * 1024;
}
