import { spawn } from 'node:child_process';
import { readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { findProgram } from '@lading/testkit';

/** What one process took from start to end. */
export interface ProcessCost {
  readonly wallMs: number;
  /** User and system time, with children; undefined where the program `time` is not installed, as the peak is. */
  readonly cpuMs?: number;
  /** Largest resident set, in bytes. */
  readonly peakBytes?: number;
}

/** A process that took longer than it may was ended. */
export class TookTooLong extends Error {
  override readonly name = 'TookTooLong';
}

const time = findProgram('time');
let serial = 0;

/**
 * Runs a program to its end and measures it. Throws with the end of its output when it fails, and TookTooLong after `timeoutMs` (600 s
 * unless told), when it and all that it started were ended.
 */
export async function measureProcess(
  command: readonly [string, ...string[]],
  options: { readonly folder: string; readonly env?: NodeJS.ProcessEnv; readonly timeoutMs?: number | undefined },
): Promise<ProcessCost> {
  const report = join(options.folder, `time-${++serial}`);
  const [file, ...args] =
    time === undefined ? command : ([time, '-q', '-f', '%U %S %M', '-o', report, ...command] as const);
  const started = performance.now();
  const { timeoutMs = 600_000 } = options;
  await new Promise<void>((resolve, reject) => {
    // A group of its own: `time` would be ended without the program that it measures.
    const child = spawn(file, args, {
      env: { ...process.env, ...options.env },
      stdio: ['ignore', 'pipe', 'pipe'],
      detached: true,
    });
    const end = (): void => {
      if (child.pid === undefined || child.exitCode !== null || child.signalCode !== null) return;
      process.kill(-child.pid, 'SIGKILL');
    };
    let late = false;
    const timer = setTimeout(() => {
      late = true;
      end();
    }, timeoutMs);
    process.once('exit', end);
    let output = '';
    const keep = (chunk: Buffer): void => {
      output = (output + chunk).slice(-4000);
    };
    child.stdout.on('data', keep);
    child.stderr.on('data', keep);
    const ended = (): void => {
      clearTimeout(timer);
      process.removeListener('exit', end);
    };
    child.on('error', (error) => {
      ended();
      reject(error);
    });
    child.on('close', (code, signal) => {
      ended();
      if (code === 0) resolve();
      else if (late) reject(new TookTooLong(`${command.join(' ')} took longer than ${timeoutMs / 1000} s`));
      else reject(new Error(`${command.join(' ')} ended with ${code ?? signal}:\n${output}`));
    });
  });
  const wallMs = performance.now() - started;
  if (time === undefined) return { wallMs };
  const [user = 0, system = 0, peakKibibytes = 0] = (await readFile(report, 'utf8')).trim().split(' ').map(Number);
  await rm(report);
  return { wallMs, cpuMs: (user + system) * 1000, peakBytes: peakKibibytes * 1024 };
}
