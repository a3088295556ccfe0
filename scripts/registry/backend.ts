import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, realpath, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** What a registry keeps its data in. */
export type BackendName = 'sqlite-directory';
export const backendNames: readonly BackendName[] = ['sqlite-directory'];

/** A running `lading serve`. */
export interface ServedRegistry {
  /** `127.0.0.1:port` */
  readonly host: string;
  readonly pid: number;
  /** What it wrote on stderr so far, its end at most. */
  log(): string;
  stop(): Promise<void>;
}

/** The published package where LADING_PROGRAM names it, else the checkout. */
export const lading: string = process.env.LADING_PROGRAM ?? join(import.meta.dirname, '../../bin/lading');

/** Starts `lading serve` over an empty backend; the caller stops it, which removes what it kept. A string says why that cannot be. */
export async function startBackend(
  _name: BackendName,
  options: { readonly args?: readonly string[] } = {},
): Promise<ServedRegistry | string> {
  const root = await realpath(await mkdtemp(join(tmpdir(), 'lading-registry-')));
  const remove = (): Promise<void> => rm(root, { recursive: true, force: true });
  try {
    const served = await startServe(['--root', root, ...(options.args ?? [])]);
    return {
      ...served,
      async stop() {
        await served.stop();
        await remove();
      },
    };
  } catch (error) {
    await remove();
    throw error;
  }
}

/** `lading serve` with these options, on a free loopback port. Throws with its output when it does not listen within 30 s. */
async function startServe(args: readonly string[]): Promise<ServedRegistry> {
  const child = spawn(lading, ['serve', '--listen', '127.0.0.1:0', '--log', 'json', ...args], {
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let [output, log] = ['', ''];
  child.stderr.on('data', (chunk: Buffer) => {
    log = (log + chunk).slice(-4_000_000);
  });
  const stop = (): Promise<void> => end(child);
  const host = await new Promise<string>((resolve, reject) => {
    const failed = (why: string): void => reject(new Error(`lading serve ${why}: ${output}${log}`));
    const timer = setTimeout(() => failed('does not listen'), 30_000);
    child.stdout.on('data', (chunk: Buffer) => {
      output += chunk;
      const found = /(127\.0\.0\.1:\d+)/.exec(output)?.[1];
      if (found === undefined) return;
      clearTimeout(timer);
      resolve(found);
    });
    child.once('error', reject);
    child.once('exit', (code) => failed(`ended with ${code}`));
  }).catch(async (error: unknown) => {
    await stop();
    throw error;
  });
  return { host, pid: child.pid ?? 0, log: () => log, stop };
}

async function end(child: ChildProcess): Promise<void> {
  if (child.pid === undefined || child.exitCode !== null || child.signalCode !== null) return;
  const ended = once(child, 'exit');
  child.kill('SIGTERM');
  const timer = setTimeout(() => child.kill('SIGKILL'), 10_000);
  await ended;
  clearTimeout(timer);
}
