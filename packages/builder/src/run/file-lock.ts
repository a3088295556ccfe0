import { spawn } from 'node:child_process';
import { mkdir } from 'node:fs/promises';
import { dirname } from 'node:path';
import { interrupted, LadingError } from '@lading/errors';

export type LockMode = 'shared' | 'exclusive';

/** A lock of the kernel, also against other processes: gone at the latest with this one. */
export interface FileLock {
  release(): Promise<void>;
}

export interface LockOptions {
  readonly mode: LockMode;
  /** False: gives up at once when somebody else has it. */
  readonly wait: boolean;
  readonly signal?: AbortSignal | undefined;
}

/** Takes flock(2) on a file, which is created; undefined when it is taken and is not to be waited for. Throws INTERRUPTED, RUNTIME_UNAVAILABLE. */
export async function lockFile(path: string, { mode, wait, signal }: LockOptions): Promise<FileLock | undefined> {
  await mkdir(dirname(path), { recursive: true });
  const options = [mode === 'shared' ? '-s' : '-x', ...(wait ? [] : ['-n'])];
  // The program holds the lock until its stdin ends: with ours, whatever becomes of this process.
  const holder = spawn('flock', [...options, '--', path, 'sh', '-c', 'echo; exec cat >/dev/null'], {
    stdio: ['pipe', 'pipe', 'ignore'],
    detached: true,
  });
  const ended = new Promise<number | undefined>((resolve) => {
    holder.once('error', () => resolve(undefined));
    holder.once('close', (code) => resolve(code ?? 1));
  });
  holder.stdin.on('error', () => {});
  const release = async (): Promise<void> => {
    holder.stdin.end();
    await ended;
  };
  const abort = (): void => {
    holder.kill('SIGKILL');
  };
  signal?.addEventListener('abort', abort, { once: true });
  const held = await Promise.race([
    new Promise<true>((resolve) => holder.stdout.once('data', () => resolve(true))),
    ended,
  ]);
  signal?.removeEventListener('abort', abort);
  if (signal?.aborted === true) {
    await release();
    throw interrupted(signal);
  }
  if (held === true) return { release };
  if (held === undefined) {
    throw new LadingError('RUNTIME_UNAVAILABLE', 'Cannot lock a cache mount: flock is not installed', {
      hint: 'Install util-linux.',
    });
  }
  if (held === 1 && !wait) return undefined;
  throw new LadingError('RUNTIME_FAILED', `Cannot lock ${path}: flock ended with ${held}`);
}
