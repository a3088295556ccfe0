import { mkdir, mkdtemp, readFile, realpath, rm, symlink, writeFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import type { Io } from '@lading/bytes';
import { LadingError, throwIfAborted } from '@lading/errors';
import { allCapabilities, defaultCapabilities } from '../capabilities.ts';
import type { Engine, IdMapping } from '../engine/engine.ts';
import type { ProcessSpec, RunningProcess, Ulimit } from '../process.ts';
import { hostsFile, resolvConf } from './generated-files.ts';
import { launch } from './launch.ts';
import { launcherScript } from './launcher-script.ts';
import { type LimitGroup, makeLimitGroup } from './limit-group.ts';
import { type MountPoint, makeMountPoints } from './mount-points.ts';
import { deviceNames, mountTable } from './mount-table.ts';
import { asRoot } from './namespaces.ts';
import { placeMounts } from './place-mounts.ts';
import { connectNetwork } from './private-network.ts';
import { findProgram, runHelper } from './program.ts';

export interface Container {
  readonly engine: Engine;
  readonly mapping: IdMapping;
  /** File systems to look through, the uppermost first, without the writable one. */
  readonly layers: readonly string[];
  /** The writable layer. Only one container at a time may use it. */
  readonly upper: string;
  /** Where the folder of this run is made: on the file system of `upper`. */
  readonly parent: string;
  readonly process: ProcessSpec;
}

/**
 * Starts one process in a container of its own.
 *
 * A run folder holds what the launcher needs: a script, two mount tables, the mount points, generated files. The script is pid 1 of
 * new namespaces; it mounts, runs the engine, and reports over a pipe. Closing the other pipe, which also happens when this process
 * dies, kills everything inside. The mounts live in the private mount namespace alone and are gone with its last process.
 */
export async function startContainer(container: Container, io: Io = {}): Promise<RunningProcess> {
  checkProcess(container.process);
  throwIfAborted(io.signal);
  const folder = await realpath(await mkdtemp(join(container.parent, 'run-')));
  const closers: (() => unknown)[] = [];
  const cleanUp = async () => {
    for (const close of closers) await close();
    // Best effort: what the kernel left in the overlay's work folder belongs to root of the mapping.
    if (container.mapping !== 'none') await runHelper([...asRoot(container.mapping), 'rm', '-rf', '--', folder]);
    await rm(folder, { recursive: true, force: true });
    await container.engine.cleanUp?.(folder);
  };
  try {
    const { mapping, process } = container;
    const { group, ulimits } = await limitsOf(folder, container);
    if (group !== undefined) closers.push(() => group.remove());
    const waits = group !== undefined || process.network === 'private';
    const contents = await prepare(folder, container, { waits, ulimits, closers });
    throwIfAborted(io.signal);
    const prepareLauncher = waits ? (pid: number) => place(pid, process, group, closers) : undefined;
    return launch({ folder, mapping, process, contents, prepare: prepareLauncher, cleanUp }, io);
  } catch (error) {
    await cleanUp();
    throw error;
  }
}

function checkProcess({ argv, cwd = '/', env, secretEnv = {} }: ProcessSpec): void {
  const secrets = Object.values(secretEnv).map((secret) => secret.reveal());
  const texts = [...argv, cwd, ...(Array.isArray(env) ? env : Object.entries(env ?? {}).flat()), ...secrets];
  const fault =
    argv.length === 0 || argv[0] === ''
      ? 'there is no program to run'
      : !cwd.startsWith('/')
        ? `the working folder ${cwd} is not absolute`
        : texts.some((text) => text.includes('\0'))
          ? 'an argument or variable contains a NUL character'
          : undefined;
  if (fault !== undefined) throw new LadingError('USAGE', `Cannot run a process: ${fault}`);
}

/** A cgroup for the limits that need one, and the limits of each process; says what cannot be had. */
async function limitsOf(
  folder: string,
  { engine, process: { limits = {}, notice } }: Container,
): Promise<{ readonly group: LimitGroup | undefined; readonly ulimits: readonly Ulimit[] }> {
  const { memoryBytes, cpus, ulimits = [] } = limits;
  if (memoryBytes === undefined && cpus === undefined) return { group: undefined, ulimits };
  const { group, missing } = await makeLimitGroup(`lading-${basename(folder)}`, limits);
  if (missing.includes('cpus')) notice?.('The limit of processors is not kept: no cgroup can be made here');
  if (memoryBytes === undefined || !missing.includes('memory')) return { group, ulimits };
  // Between setting the limit and starting the process runc needs more address space than most limits leave.
  if (engine.name === 'runc') {
    notice?.('The limit of memory is not kept: no cgroup can be made here');
    return { group, ulimits };
  }
  notice?.('The limit of memory is one of address space for each process: no cgroup can be made here');
  return { group, ulimits: [...ulimits, { name: 'as', soft: memoryBytes, hard: memoryBytes }] };
}

/** Puts the waiting launcher where its limits and its network are. */
async function place(
  pid: number,
  { network, extraHosts = [] }: ProcessSpec,
  group: LimitGroup | undefined,
  closers: (() => unknown)[],
): Promise<void> {
  const children = await readFile(`/proc/${pid}/task/${pid}/children`, 'utf8');
  await group?.add([pid, ...children.split(' ').filter(Boolean).map(Number)]);
  if (network !== 'private') return;
  closers.push(
    await connectNetwork(
      pid,
      extraHosts.some(({ address }) => address === 'host-gateway'),
    ),
  );
}

interface Preparation {
  readonly waits: boolean;
  readonly ulimits: readonly Ulimit[];
  readonly closers: (() => unknown)[];
}

async function prepare(
  folder: string,
  { engine, mapping, layers, upper, process }: Container,
  { waits, ulimits, closers }: Preparation,
): Promise<readonly Uint8Array[]> {
  const at = (name: string) => join(folder, name);
  const hostname = process.hostname ?? 'lading';
  const privileged = process.privileged ?? false;
  const capabilities = process.capabilities ?? (privileged ? allCapabilities() : defaultCapabilities);
  for (const name of ['root', 'work', 'points', 'state', 'dev', 'dev/pts', 'dev/shm', 'dev/mqueue'])
    await mkdir(at(name));
  // Short names keep 127 layers within the one page that mount options may have.
  const lowers = await Promise.all(
    layers.map(async (layer, index) => {
      await symlink(layer, at(String(index)));
      return String(index);
    }),
  );
  const places = { folder, mapping, privileged, layers: [upper, ...layers] };
  const placed = await placeMounts({ ...places, mounts: process.mounts ?? [] });
  closers.push(placed.close);
  await makeMountPoints(at('points'), [upper, ...layers], [...ownMountPoints, ...placed.points]);
  const table = mountTable({
    ...{ mapping, folder, work: 'work', lowers: ['points', ...lowers], privileged },
    ...{
      readOnlyRoot: process.readOnlyRoot ?? false,
      mountsProc: engine.mountsProc,
      hidesCgroups: engine.hidesCgroups === true,
    },
    hostNetwork: process.network === 'host',
    shmBytes: process.limits?.shmBytes ?? 64 << 20,
  });
  const programs = Object.fromEntries(['env', 'setpriv', 'unshare'].map((name) => [name, findProgram(name) ?? name]));
  const secretEnv = Object.entries(process.secretEnv ?? {}).map(([name, secret]) => [name, secret.reveal()] as const);
  const plan = engine.plan({
    process,
    secretEnv,
    ulimits,
    mapping,
    hostname,
    capabilities,
    privileged,
    folder,
    programs,
  });
  const secrets = Object.entries(plan.secretFiles ?? {}).map(([name, text]) => ({ name, content: Buffer.from(text) }));
  const script = launcherScript({ engine, plan, process, hostname, waits, ulimits, mounts: placed.script(secrets) });
  await Promise.all([
    symlink(upper, at('upper')),
    // crun and runc put the terminal that they make at /dev/console.
    ...[...deviceNames, ...(process.terminal ? ['console'] : [])].map((name) => writeFile(at(`dev/${name}`), '')),
    ...deviceLinks.map(([name, target]) => symlink(target, at(`dev/${name}`))),
    writeFile(at('hosts'), hostsFile(hostname, process.extraHosts ?? [], process.network)),
    writeFile(at('hostname'), `${hostname}\n`),
    writeFile(at('resolv.conf'), await resolvConf(process.network)),
    writeFile(at('base'), table.base),
    writeFile(at('inside'), table.inside),
    writeFile(at('launch'), script),
    ...Object.entries(plan.files ?? {}).map(([name, text]) => writeFile(at(name), text)),
  ]);
  return [...placed.contents, ...secrets.map(({ content }) => content)];
}

const ownMountPoints: readonly MountPoint[] = [
  ...['/proc', '/sys', '/dev'].map((path) => ({ path, kind: 'directory' as const, follow: false })),
  ...['/etc/hosts', '/etc/hostname', '/etc/resolv.conf'].map((path) => ({
    path,
    kind: 'file' as const,
    follow: false,
  })),
];

const deviceLinks: readonly (readonly [string, string])[] = [
  ['fd', '/proc/self/fd'],
  ['stdin', '/proc/self/fd/0'],
  ['stdout', '/proc/self/fd/1'],
  ['stderr', '/proc/self/fd/2'],
  ['ptmx', 'pts/ptmx'],
];
