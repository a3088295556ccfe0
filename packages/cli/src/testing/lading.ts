import { type ChildProcess, spawn } from 'node:child_process';
import { join } from 'node:path';
import { temporaryFolder } from '@lading/testkit';

/** The program as users start it: the one that LADING_PROGRAM names, as `npm test` does with the bundled one, else the checkout's. */
export const program: string = process.env.LADING_PROGRAM ?? join(import.meta.dirname, '../../bin/lading');

export interface Outcome {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** Where one user's things lie, apart from everybody else's. */
export interface Sandbox {
  readonly folder: string;
  readonly env: NodeJS.ProcessEnv;
  /** Runs `lading` to its end in the folder. */
  run(args: readonly string[], options?: { input?: string | Uint8Array; env?: NodeJS.ProcessEnv }): Promise<Outcome>;
  /** The same for what has to succeed: its stdout without the last line break. */
  out(...args: string[]): Promise<string>;
  /** The same with `--json`, parsed. */
  json(...args: string[]): Promise<unknown>;
  /** Runs a shell script with `lading` on PATH. */
  shell(script: string): Promise<Outcome>;
}

export async function openSandbox(t: { after(done: () => Promise<void>): void }): Promise<Sandbox> {
  const folder = await temporaryFolder(t as Parameters<typeof temporaryFolder>[0]);
  const { PATH, NODE_COMPILE_CACHE, TMPDIR } = process.env;
  const env: NodeJS.ProcessEnv = {
    PATH: `${join(program, '..')}:${PATH}`,
    HOME: folder,
    LADING_HOME: join(folder, 'home'),
    DOCKER_CONFIG: join(folder, 'docker'),
    ...(NODE_COMPILE_CACHE === undefined ? {} : { NODE_COMPILE_CACHE }),
    ...(TMPDIR === undefined ? {} : { TMPDIR }),
  };
  const start = (file: string, args: readonly string[], more: NodeJS.ProcessEnv = {}): ChildProcess =>
    spawn(file, args, { cwd: folder, env: { ...env, ...more }, timeout: 60_000, killSignal: 'SIGKILL' });
  const run: Sandbox['run'] = (args, options = {}) => ended(start(program, args, options.env), options.input);
  const out = async (...args: string[]): Promise<string> => {
    const { code, stdout, stderr } = await run(args);
    if (code !== 0) throw new Error(`lading ${args.join(' ')} ended with ${code}: ${stderr}`);
    return stdout.trimEnd();
  };
  return {
    folder,
    env,
    run,
    out,
    json: async (...args) => JSON.parse(await out(...args, '--json')),
    shell: (script) => ended(start('sh', ['-euc', script])),
  };
}

export interface Served {
  /** `127.0.0.1:port` */
  readonly host: string;
  /** Everything it wrote so far. */
  readonly stdout: () => string;
  readonly stderr: () => string;
  /** SIGHUP: it reads again what it was set up with. */
  hangUp(): void;
  /** Asks it to end. */
  stop(signal?: NodeJS.Signals): Promise<{ code: number | null; signal: NodeJS.Signals | null }>;
}

/** Starts `lading serve` on a free port. It is stopped when the test ends. */
export async function startServe(
  t: { after(done: () => Promise<void>): void },
  sandbox: Sandbox,
  ...args: string[]
): Promise<Served> {
  const child = spawn(program, ['serve', '--listen', '127.0.0.1:0', ...args], {
    cwd: sandbox.folder,
    env: sandbox.env,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let stdout = '';
  let stderr = '';
  child.stderr.on('data', (chunk: Buffer) => {
    stderr += chunk.toString();
  });
  const exited = new Promise<{ code: number | null; signal: NodeJS.Signals | null }>((resolve) =>
    child.once('exit', (code, signal) => resolve({ code, signal })),
  );
  const stop: Served['stop'] = (signal = 'SIGTERM') => {
    if (child.exitCode === null && child.signalCode === null) child.kill(signal);
    return exited;
  };
  t.after(async () => {
    await stop();
  });
  const host = await new Promise<string>((resolve, reject) => {
    child.stdout.on('data', (chunk: Buffer) => {
      stdout += chunk.toString();
      const [, found] = /https?:\/\/([^\s"]+)/.exec(stdout) ?? [];
      if (found !== undefined && stdout.includes('\n')) resolve(found);
    });
    exited.then(({ code }) => reject(new Error(`lading serve ended with ${code}: ${stderr}`)));
  });
  return { host, stdout: () => stdout, stderr: () => stderr, hangUp: () => void child.kill('SIGHUP'), stop };
}

function ended(child: ChildProcess, input?: string | Uint8Array): Promise<Outcome> {
  const chunks = { stdout: [] as Buffer[], stderr: [] as Buffer[] };
  child.stdout?.on('data', (chunk: Buffer) => chunks.stdout.push(chunk));
  child.stderr?.on('data', (chunk: Buffer) => chunks.stderr.push(chunk));
  child.stdin?.on('error', () => {});
  child.stdin?.end(input ?? '');
  return new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (code, signal) => {
      const [stdout, stderr] = [Buffer.concat(chunks.stdout).toString(), Buffer.concat(chunks.stderr).toString()];
      resolve({ code, signal, stdout, stderr });
    });
  });
}
