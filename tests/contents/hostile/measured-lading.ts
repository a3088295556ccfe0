import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { findProgram } from '@lading/testkit';
import { program } from '../../lading.ts';

/** What a run of the program printed, and took. */
export interface Measured {
  /** Undefined when it did not end in time and was killed. */
  readonly code: number | undefined;
  readonly stdout: string;
  readonly stderr: string;
  readonly ms: number;
  /** Largest resident set in bytes; undefined where the program `time` is not installed. */
  readonly peakBytes: number | undefined;
}

export interface MeasureOptions {
  /** A folder for the home and for what is measured. */
  readonly folder: string;
  readonly timeoutMs: number;
  readonly env?: NodeJS.ProcessEnv;
}

const time = findProgram('time');
let serial = 0;

/** Runs the program to its end. Output is decoded byte by byte (latin1): what is looked for in it are bytes. */
export async function runMeasured(
  args: readonly string[],
  { folder, timeoutMs, env }: MeasureOptions,
): Promise<Measured> {
  const report = join(folder, `time-${++serial}`);
  const command =
    time === undefined ? [program, ...args] : [time, '-q', '-f', '%M', '-o', report, '--', program, ...args];
  const started = performance.now();
  // A group of its own: `time` would be ended without the program that it measures.
  const child = spawn(command[0] ?? program, command.slice(1), {
    cwd: folder,
    env: { ...process.env, LADING_HOME: join(folder, 'home'), HOME: folder, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
    detached: true,
  });
  let late = false;
  const end = (): void => {
    if (child.pid !== undefined && child.exitCode === null) process.kill(-child.pid, 'SIGKILL');
  };
  const timer = setTimeout(() => {
    late = true;
    end();
  }, timeoutMs);
  const written: { stdout: Buffer[]; stderr: Buffer[] } = { stdout: [], stderr: [] };
  child.stdout.on('data', (chunk: Buffer) => written.stdout.push(chunk));
  child.stderr.on('data', (chunk: Buffer) => written.stderr.push(chunk));
  process.once('exit', end);
  try {
    const [code] = (await once(child, 'close')) as [number | null];
    const kibibytes = time === undefined || late ? Number.NaN : Number(await readFile(report, 'utf8'));
    return {
      code: late ? undefined : (code ?? undefined),
      stdout: Buffer.concat(written.stdout).toString('latin1'),
      stderr: Buffer.concat(written.stderr).toString('latin1'),
      ms: performance.now() - started,
      peakBytes: Number.isNaN(kibibytes) ? undefined : kibibytes * 1024,
    };
  } finally {
    clearTimeout(timer);
    process.off('exit', end);
  }
}
