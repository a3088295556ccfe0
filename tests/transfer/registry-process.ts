import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, writeFile } from 'node:fs/promises';
import { connect as connectTo, createServer } from 'node:net';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { findProgram } from '@lading/testkit';
import { program as lading } from '../lading.ts';

export type RegistryKind = 'lading' | 'docker-registry' | 'zot';
export const registryKinds: readonly RegistryKind[] = ['lading', 'docker-registry', 'zot'];

/** A registry that can be killed and started again over the same data and address. */
export interface RegistryProcess {
  readonly kind: RegistryKind;
  readonly host: string;
  readonly pid: number;
  /** Ends it as a crash does. */
  kill(): Promise<void>;
  start(): Promise<void>;
}

/** The program of a registry; undefined when it is not installed. */
export function registryProgram(kind: RegistryKind): string | undefined {
  return kind === 'lading' ? lading : findProgram(kind);
}

/** Starts a registry over `folder`. The caller kills it. */
export async function startRegistryProcess(kind: RegistryKind, folder: string): Promise<RegistryProcess> {
  const program = registryProgram(kind);
  if (program === undefined) throw new Error(`${kind} is not installed`);
  const port = await freePort();
  const host = `127.0.0.1:${port}`;
  await mkdir(folder, { recursive: true });
  const args = await commandOf(kind, folder, port);
  let child: ChildProcess | undefined;
  const registry = {
    kind,
    host,
    get pid() {
      return child?.pid ?? 0;
    },
    async kill() {
      const running = child;
      child = undefined;
      if (running === undefined || running.exitCode !== null || running.signalCode !== null) return;
      const ended = once(running, 'exit');
      running.kill('SIGKILL');
      await ended;
    },
    async start() {
      child = spawn(program, args, { stdio: ['ignore', 'ignore', kind === 'lading' ? 'inherit' : 'ignore'] });
      const started = child;
      for (const end = Date.now() + 20_000; !(await accepts(port)); await sleep(20)) {
        if (started.exitCode !== null) throw new Error(`${kind} ended with ${started.exitCode}`);
        if (Date.now() > end) throw new Error(`${kind} did not listen within 20 s`);
      }
    },
  };
  await registry.start();
  return registry;
}

async function commandOf(kind: RegistryKind, folder: string, port: number): Promise<string[]> {
  if (kind === 'lading') return ['serve', '--listen', `127.0.0.1:${port}`, '--log', 'none', '--root', folder];
  const configuration = join(folder, 'config.json');
  const data = join(folder, 'data');
  await writeFile(configuration, JSON.stringify(kind === 'zot' ? zot(data, port) : dockerRegistry(data, port)));
  return ['serve', configuration];
}

function dockerRegistry(rootdirectory: string, port: number): object {
  return {
    version: '0.1',
    log: { level: 'error', accesslog: { disabled: true } },
    storage: { filesystem: { rootdirectory }, delete: { enabled: true } },
    // Uploads are signed with it: after a restart they are still known.
    http: { addr: `127.0.0.1:${port}`, secret: 'for tests only' },
  };
}

function zot(rootDirectory: string, port: number): object {
  return {
    distSpecVersion: '1.1.1',
    // Else it answers for blobs of other repositories, and a push of them moves nothing.
    storage: { rootDirectory, gc: false, dedupe: false },
    http: { address: '127.0.0.1', port: String(port) },
    log: { level: 'error' },
  };
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  server.close();
  await once(server, 'close');
  return typeof address === 'object' && address !== null ? address.port : 0;
}

function accepts(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connectTo(port, '127.0.0.1');
    socket.once('connect', () => {
      socket.destroy();
      resolve(true);
    });
    socket.once('error', () => resolve(false));
  });
}
