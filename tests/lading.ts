// How the tests here use Lading: as its users do, each in a home of its own; the published package where LADING_PROGRAM names it, as
// `npm test` does, else bin/lading.
import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { mkdir, mkdtemp, realpath, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import { runProgram } from '@lading/testkit';

export const program: string = process.env.LADING_PROGRAM ?? join(import.meta.dirname, '../bin/lading');

export interface Outcome {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface RunOptions {
  readonly cwd?: string;
  /** In addition to the home's own variables; `undefined` unsets one. */
  readonly env?: NodeJS.ProcessEnv;
  readonly input?: string | Uint8Array;
  /** 60 s, then the program is killed. */
  readonly timeoutMs?: number;
}

/** A program that was started. It is killed when the test ends, should it still run. */
export interface Started {
  readonly child: ChildProcess;
  readonly ended: Promise<Outcome>;
  /** What it has written so far. */
  readonly stdout: () => string;
  readonly stderr: () => string;
}

export interface Lading {
  /** Empty at first; also the working folder and $HOME. */
  readonly folder: string;
  readonly env: NodeJS.ProcessEnv;
  start(args: readonly string[], options?: RunOptions): Started;
  /** Runs it to its end; any exit code is fine. */
  run(args: readonly string[], options?: RunOptions): Promise<Outcome>;
  /** Runs what has to succeed: its stdout without the last line break. */
  out(...args: string[]): Promise<string>;
  /** The same with `--json`, parsed. */
  json<T>(...args: string[]): Promise<T>;
  /** A shell script with `lading` on PATH. */
  shell(script: string, options?: RunOptions): Promise<Outcome>;
}

/** Lading in a new folder that is removed when the test ends; its home is `home`, else empty and in that folder. */
export async function openLading(t: Pick<TestContext, 'after'>, home?: string): Promise<Lading> {
  const folder = await temporaryHome(t);
  const { SOURCE_DATE_EPOCH: _, LADING_ENGINE: __, XDG_DATA_HOME: ___, ...inherited } = process.env;
  const env: NodeJS.ProcessEnv = {
    ...inherited,
    PATH: `${join(program, '..')}:${process.env.PATH}`,
    HOME: folder,
    LADING_HOME: home ?? join(folder, 'home'),
    DOCKER_CONFIG: join(folder, 'docker'),
  };
  await mkdir(join(folder, 'docker'));
  const begin = (file: string, args: readonly string[], options: RunOptions = {}): Started =>
    startProgram(t, file, args, { cwd: folder, ...options, env: { ...env, ...options.env } });
  const start: Lading['start'] = (args, options) => begin(program, args, options);
  const run: Lading['run'] = (args, options) => start(args, options).ended;
  const out: Lading['out'] = async (...args) => succeeded(`lading ${args.join(' ')}`, await run(args));
  return {
    folder,
    env,
    start,
    run,
    out,
    json: async (command, ...args) => JSON.parse(await out(command ?? '', '--json', ...args)),
    shell: (script, options) => begin('sh', ['-euc', script], options).ended,
  };
}

/** A new folder that is removed when the test ends, also what a user namespace has put into a home in it. */
export async function temporaryHome(t: { after(work: () => Promise<void>): void }): Promise<string> {
  const folder = await realpath(await mkdtemp(join(tmpdir(), 'lading-test-')));
  t.after(async () => {
    if (process.getuid?.() !== 0) await runProgram('unshare', ['--map-root-user', '--map-auto', 'rm', '-rf', folder]);
    await rm(folder, { recursive: true, force: true });
  });
  return folder;
}

/** The stdout of what has to have succeeded, without the last line break. */
export function succeeded(what: string, { code, signal, stdout, stderr }: Outcome): string {
  assert.equal(code ?? signal, 0, `${what}: ${stderr}`);
  return stdout.replace(/\n$/, '');
}

function startProgram(
  t: Pick<TestContext, 'after'>,
  file: string,
  args: readonly string[],
  options: RunOptions,
): Started {
  const { cwd, env, input = '', timeoutMs = 60_000 } = options;
  const child = spawn(file, args, { cwd, env, timeout: timeoutMs, killSignal: 'SIGKILL' });
  const written = { stdout: [] as Buffer[], stderr: [] as Buffer[] };
  child.stdout.on('data', (chunk: Buffer) => written.stdout.push(chunk));
  child.stderr.on('data', (chunk: Buffer) => written.stderr.push(chunk));
  // Not every program reads all of it.
  child.stdin.on('error', () => {});
  child.stdin.end(input);
  const stdout = () => Buffer.concat(written.stdout).toString();
  const stderr = () => Buffer.concat(written.stderr).toString();
  const ended = new Promise<Outcome>((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (code, signal) => resolve({ code, signal, stdout: stdout(), stderr: stderr() }));
  });
  t.after(async () => {
    if (child.exitCode === null && child.signalCode === null) child.kill('SIGKILL');
    await ended.catch(() => {});
  });
  return { child, ended, stdout, stderr };
}

/** Waits until something is so, at most `timeoutMs` (10 s). */
export async function eventually(
  what: string,
  condition: () => boolean | Promise<boolean>,
  timeoutMs = 10_000,
): Promise<void> {
  const end = Date.now() + timeoutMs;
  while (!(await condition())) {
    if (Date.now() > end) assert.fail(`did not happen within ${timeoutMs} ms: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}
