import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { rm } from 'node:fs/promises';
import { relative } from 'node:path';
import { createInterface } from 'node:readline';
import type { Narrator } from './narrator.ts';

export interface Finished {
  readonly code: number;
  readonly stdout: string;
  readonly ms: number;
}

export interface Started {
  /** Its first line on stdout. */
  readonly line: string;
  /** Until that line. */
  readonly ms: number;
  /** Sends SIGTERM and waits for the end. */
  stop(): Promise<{ readonly code: number; readonly ms: number }>;
}

/** The command line program, run as a person would run it. */
export class Lading {
  readonly #program: string;
  readonly #environment: Readonly<Record<string, string>>;
  readonly #running = new Set<ChildProcess>();

  constructor(program: string, environment: Readonly<Record<string, string>>) {
    this.#program = program;
    this.#environment = environment;
  }

  /** Runs a command to its end; its progress goes straight to stderr. */
  async run(
    args: readonly string[],
    tell: Narrator | undefined,
    environment: Readonly<Record<string, string>> = {},
  ): Promise<Finished> {
    const started = performance.now();
    tell?.command(this.#shown(args));
    const child = this.#spawn(args, environment);
    let stdout = '';
    child.stdout?.setEncoding('utf8').on('data', (text: string) => {
      stdout += text;
    });
    const code = await exitOf(child);
    return { code, stdout: stdout.trim(), ms: performance.now() - started };
  }

  /** Starts a command that goes on, and waits for its first line. */
  async start(
    args: readonly string[],
    tell: Narrator,
    environment: Readonly<Record<string, string>> = {},
  ): Promise<Started> {
    const started = performance.now();
    tell.command(this.#shown(args));
    const child = this.#spawn(args, environment);
    const exited = exitOf(child);
    if (child.stdout === null) throw new Error('It has no stdout');
    const lines = createInterface({ input: child.stdout });
    const first = once(lines, 'line').then(([line]) => String(line));
    const ended = exited.then((code): never => {
      throw new Error(`${this.#shown(args)} ended with code ${code} before it said anything; the reason is above.`);
    });
    const line = await Promise.race([first, ended]);
    ended.catch(() => {});
    return {
      line,
      ms: performance.now() - started,
      async stop() {
        const stopping = performance.now();
        child.kill('SIGTERM');
        return { code: await exited, ms: performance.now() - stopping };
      },
    };
  }

  async stopAll(): Promise<void> {
    const running = [...this.#running];
    for (const child of running) child.kill('SIGTERM');
    await Promise.all(running.map(exitOf));
  }

  /** Removes a store. As another user than root its unpacked files belong to subordinate ids, which only their namespace may remove. */
  async removeFolder(folder: string): Promise<void> {
    try {
      await rm(folder, { recursive: true, force: true });
    } catch {
      await exitOf(
        spawn('unshare', ['--user', '--map-root-user', '--map-auto', 'rm', '-rf', '--', folder], { stdio: 'inherit' }),
      );
    }
  }

  #spawn(args: readonly string[], environment: Readonly<Record<string, string>>): ChildProcess {
    const child = spawn(this.#program, args, {
      stdio: ['ignore', 'pipe', 'inherit'],
      env: { ...process.env, ...this.#environment, ...environment },
    });
    this.#running.add(child);
    child.once('close', () => this.#running.delete(child));
    return child;
  }

  #shown(args: readonly string[]): string {
    return ['lading', ...args.map(shortPath)].join(' ');
  }
}

async function exitOf(child: ChildProcess): Promise<number> {
  if (child.exitCode === null && child.signalCode === null) await once(child, 'close');
  return child.exitCode ?? 1;
}

/** A path as one would type it here: relative when it lies below the current folder. */
export function shortPath(word: string): string {
  if (!word.startsWith('/')) return word;
  const short = relative(process.cwd(), word);
  return short.startsWith('..') ? word : short || '.';
}
