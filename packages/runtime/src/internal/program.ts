import { type ChildProcess, type SpawnOptions, spawn } from 'node:child_process';
import { accessSync, constants } from 'node:fs';
import { delimiter, join } from 'node:path';

/** The environment of every helper program: the system's folders, untranslated messages, Node's cache. */
export const helperEnvironment: Readonly<Record<string, string>> = {
  PATH: searchPath().join(delimiter),
  LC_ALL: 'C',
  ...(process.env.NODE_COMPILE_CACHE === undefined ? {} : { NODE_COMPILE_CACHE: process.env.NODE_COMPILE_CACHE }),
};

function searchPath(): string[] {
  const own = (process.env.PATH ?? '').split(delimiter).filter((folder) => folder.startsWith('/'));
  return [...new Set([...own, '/usr/local/sbin', '/usr/local/bin', '/usr/sbin', '/usr/bin', '/sbin', '/bin'])];
}

/** The absolute path of a program, or undefined. */
export function findProgram(name: string): string | undefined {
  return searchPath()
    .map((folder) => join(folder, name))
    .find((path) => {
      try {
        accessSync(path, constants.X_OK);
        return true;
      } catch {
        return false;
      }
    });
}

export interface Outcome {
  readonly code: number;
  /** The end of what it wrote to stderr, trimmed. */
  readonly stderr: string;
}

/** Runs a small helper to its end; a program that cannot be started ends with 127. */
export function runHelper(argv: readonly string[], options: SpawnOptions = {}): Promise<Outcome> {
  const [file = '', ...args] = argv;
  return new Promise((resolve) => {
    const child = spawn(file, args, { env: helperEnvironment, ...options, stdio: ['ignore', 'ignore', 'pipe'] });
    let stderr = '';
    child.stderr?.on('data', (chunk: Buffer) => {
      stderr = (stderr + chunk.toString()).slice(-8192);
    });
    child.once('error', (error) => resolve({ code: 127, stderr: error.message }));
    child.once('close', (code) => resolve({ code: code ?? 128, stderr: stderr.trim() }));
  });
}

/**
 * Kills a child that leads a process group (spawned with `detached`), with its group. To kill unshare(1) alone is not enough: while it
 * sets up a range of ids it has a helper that would wait for it for ever, and hold our pipes.
 */
export function killGroup(child: ChildProcess): void {
  if (child.pid === undefined || child.exitCode !== null || child.signalCode !== null) return;
  try {
    process.kill(-child.pid, 'SIGKILL');
  } catch {
    // It ended meanwhile.
  }
}
