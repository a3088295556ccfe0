import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, readdir, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { findProgram } from '@lading/testkit';
import { acceptsConnections, freePort } from '../../../packages/testkit/src/free-port.ts';
import { type Seed, seedDistribution, seedLading, seedZot } from './seed.ts';

export type RegistryName = 'lading' | 'zot' | 'zot-commit' | 'distribution-2' | 'distribution-3';

/** A registry that can be measured, before it is started. */
export interface RegistryKind {
  readonly name: RegistryName;
  /** What it is, for people. */
  readonly title: string;
  readonly program: string | undefined;
  /** Writes the repositories of the lists to where the registry keeps them; it does not run yet. */
  seed(root: string, seed: Seed): Promise<void>;
  /** Below the root, where blobs lie that were pushed to the repository. */
  pushed(repository: string): string;
  /** Its arguments, once its configuration lies in the folder. */
  configure(folder: string, root: string, port: number): Promise<readonly string[]>;
}

/** A registry that is measured: a process of its own on a loopback port. */
export interface RunningRegistry {
  readonly name: RegistryName;
  readonly port: number;
  readonly pid: number;
  /** Deletes what was pushed since the last call, behind its back, so that the disk does not fill. */
  forgetPushed(repository: string): Promise<void>;
  stop(): Promise<void>;
}

export function registryKinds(lading: string): readonly RegistryKind[] {
  const zot = findProgram('zot');
  return [
    {
      name: 'lading',
      title: 'Lading, as it is: every answer after its sync',
      program: lading,
      seed: seedLading,
      pushed: () => 'content/blobs/sha256',
      configure: async (_folder, root, port) => [
        ...['serve', '--listen', `127.0.0.1:${port}`],
        ...['--log', 'none', '--root', root],
      ],
    },
    {
      name: 'zot',
      title: 'zot, as it is: nothing is synced',
      program: zot,
      seed: seedZot,
      pushed: zotBlobs,
      configure: zotWith({}),
    },
    {
      name: 'zot-commit',
      title: 'zot with `commit: true`: files are synced, folders are not',
      program: zot,
      seed: seedZot,
      pushed: zotBlobs,
      configure: zotWith({ commit: true }),
    },
    {
      name: 'distribution-2',
      title: 'CNCF distribution 2.8',
      program: findProgram('docker-registry'),
      seed: seedDistribution,
      pushed: () => 'docker/registry/v2/blobs/sha256',
      configure: configureDistribution,
    },
    {
      name: 'distribution-3',
      title: 'CNCF distribution 3',
      program: findProgram('registry'),
      seed: seedDistribution,
      pushed: () => 'docker/registry/v2/blobs/sha256',
      configure: configureDistribution,
    },
  ];
}

function zotBlobs(repository: string): string {
  return `${repository}/blobs/sha256`;
}

function zotWith(storage: object): RegistryKind['configure'] {
  return async (folder, rootDirectory, port) => {
    const path = join(folder, 'config.json');
    const configuration = {
      distSpecVersion: '1.1.1',
      storage: { rootDirectory, ...storage },
      http: { address: '127.0.0.1', port: String(port) },
      // A line per request is part of what a benchmark would measure.
      log: { level: 'error' },
    };
    await writeFile(path, JSON.stringify(configuration));
    return ['serve', path];
  };
}

async function configureDistribution(folder: string, rootdirectory: string, port: number): Promise<readonly string[]> {
  const path = join(folder, 'config.yml');
  const configuration = {
    version: '0.1',
    log: { level: 'error', accesslog: { disabled: true } },
    storage: { filesystem: { rootdirectory }, delete: { enabled: true } },
    http: { addr: `127.0.0.1:${port}`, secret: 'for benchmarks only' },
  };
  // YAML reads JSON.
  await writeFile(path, JSON.stringify(configuration));
  return ['serve', path];
}

/** Seeds, where told to, and starts a registry in a folder of its own. The caller stops it. */
export async function startRegistry(kind: RegistryKind, folder: string, seed?: Seed): Promise<RunningRegistry> {
  const { name, program = '' } = kind;
  const root = join(folder, 'root');
  await mkdir(root, { recursive: true });
  if (seed !== undefined) await kind.seed(root, seed);
  const port = await freePort();
  const args = await kind.configure(folder, root, port);
  const child = spawn(program, args, {
    stdio: ['ignore', 'ignore', 'inherit'],
    env: { ...process.env, OTEL_TRACES_EXPORTER: 'none' },
  });
  const end = (): void => void child.kill('SIGKILL');
  process.once('exit', end);
  const stop = async (): Promise<void> => {
    process.removeListener('exit', end);
    await ended(child);
  };
  for (const until = Date.now() + 120_000; !(await acceptsConnections(port)); await sleep(20)) {
    if (child.exitCode === null && Date.now() < until) continue;
    await stop();
    throw new Error(`${name} did not listen within 120 s, or ended with ${child.exitCode}`);
  }
  let kept: ReadonlySet<string> | undefined;
  const forgetPushed = async (repository: string): Promise<void> => {
    const paths = await largeFiles(join(root, kind.pushed(repository)));
    // What was there the first time is what is read.
    kept ??= new Set(paths);
    for (const path of paths) if (!kept.has(path)) await rm(path);
  };
  return { name, port, pid: child.pid as number, forgetPushed, stop };
}

/** Blobs of a MB or more. */
async function largeFiles(folder: string): Promise<string[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true }).catch(() => []);
  const files = entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name));
  const sizes = await Promise.all(files.map(async (file) => (await stat(file)).size));
  return files.filter((_, at) => (sizes[at] ?? 0) >= 1e6);
}

async function ended(child: ChildProcess): Promise<void> {
  if (child.pid === undefined || child.exitCode !== null || child.signalCode !== null) return;
  const exit = once(child, 'exit');
  child.kill('SIGTERM');
  const timer = setTimeout(() => child.kill('SIGKILL'), 10_000);
  await exit;
  clearTimeout(timer);
}
