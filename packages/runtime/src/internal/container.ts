import { type ChildProcess, spawn } from 'node:child_process';
import { mkdir, mkdtemp, readFile, realpath, rm, stat, symlink, writeFile } from 'node:fs/promises';
import { constants } from 'node:os';
import { join } from 'node:path';
import type { Readable, Writable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { type Io, toReadable } from '@lading/bytes';
import { interrupted, LadingError, messageOf, throwIfAborted } from '@lading/errors';
import { defaultCapabilities } from '../capabilities.ts';
import type { Engine, EnginePlan, IdMapping } from '../engine/engine.ts';
import type { ExitStatus, OutputSink, ProcessSpec, RunningProcess } from '../process.ts';
import { type MountPoint, makeMountPoints } from './mount-points.ts';
import { deviceNames, mountTable, type ResolvedMount } from './mount-table.ts';
import { asRoot, inContainer } from './namespaces.ts';
import { findProgram, helperEnvironment, killGroup, runHelper } from './program.ts';
import { quote } from './shell.ts';

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
  const cleanUp = async () => {
    // Best effort: what the kernel left in the overlay's work folder belongs to root of the mapping.
    await runHelper([...asRoot(container.mapping), 'rm', '-rf', '--', folder]);
    await rm(folder, { recursive: true, force: true });
    await container.engine.cleanUp?.(folder);
  };
  try {
    await prepare(folder, container);
    throwIfAborted(io.signal);
    return launch(folder, container, io, cleanUp);
  } catch (error) {
    await cleanUp();
    throw error;
  }
}

function checkProcess({ argv, cwd = '/', env }: ProcessSpec): void {
  const texts = [...argv, cwd, ...(Array.isArray(env) ? env : Object.entries(env ?? {}).flat())];
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

async function prepare(folder: string, container: Container): Promise<void> {
  const { engine, mapping, layers, upper, process } = container;
  const at = (name: string) => join(folder, name);
  const hostname = process.hostname ?? 'lading';
  const capabilities = process.capabilities ?? defaultCapabilities;
  for (const name of ['root', 'work', 'points', 'state', 'dev', 'dev/pts', 'dev/shm', 'dev/mqueue'])
    await mkdir(at(name));
  // Short names keep 127 layers within the one page that mount options may have.
  const lowers = await Promise.all(
    layers.map(async (layer, index) => {
      await symlink(layer, at(String(index)));
      return String(index);
    }),
  );
  const mounts = await resolveMounts(process.mounts ?? []);
  const places = await makeMountPoints(at('points'), [upper, ...layers], [...ownMountPoints, ...mounts.map(pointOf)]);
  const placed = mounts.map((mount, index) => ({
    ...mount,
    target: places[ownMountPoints.length + index] ?? mount.target,
  }));
  const table = mountTable({
    ...{ mapping, folder, work: 'work', lowers: ['points', ...lowers] },
    ...{ readOnlyRoot: process.readOnlyRoot ?? false, mountsProc: engine.mountsProc, mounts: placed },
  });
  const programs = Object.fromEntries(['env', 'unshare'].map((name) => [name, findProgram(name) ?? name]));
  const plan = engine.plan({ process, mapping, hostname, capabilities, folder, programs });
  await Promise.all([
    symlink(upper, at('upper')),
    // crun and runc put the terminal that they make at /dev/console.
    ...[...deviceNames, ...(process.terminal ? ['console'] : [])].map((name) => writeFile(at(`dev/${name}`), '')),
    ...deviceLinks.map(([name, target]) => symlink(target, at(`dev/${name}`))),
    writeFile(at('hosts'), hosts(hostname)),
    writeFile(at('hostname'), `${hostname}\n`),
    writeFile(at('resolv.conf'), process.network === 'none' ? '' : await readFile('/etc/resolv.conf').catch(() => '')),
    writeFile(at('base'), table.base),
    writeFile(at('inside'), table.inside),
    writeFile(at('launch'), script(plan, engine, process, hostname)),
    ...Object.entries(plan.files ?? {}).map(([name, text]) => writeFile(at(name), text)),
  ]);
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

function hosts(hostname: string): string {
  return `127.0.0.1\tlocalhost ${hostname}\n::1\tlocalhost ip6-localhost ip6-loopback\n`;
}

type SourceMount = ResolvedMount & { readonly kind: 'directory' | 'file' };

async function resolveMounts(mounts: ProcessSpec['mounts'] & object): Promise<SourceMount[]> {
  return await Promise.all(
    mounts.map(async ({ source, target, readOnly = false }): Promise<SourceMount> => {
      try {
        const path = await realpath(source);
        return { source: path, target, readOnly, kind: (await stat(path)).isDirectory() ? 'directory' : 'file' };
      } catch (error) {
        throw new LadingError('FILE_NOT_FOUND', `Cannot mount ${source} at ${target}: ${messageOf(error)}`, {
          cause: error,
        });
      }
    }),
  );
}

function pointOf({ target, kind }: SourceMount): MountPoint {
  return { path: target, kind, follow: true };
}

function script(plan: EnginePlan, engine: Engine, process: ProcessSpec, hostname: string): string {
  const openFiles = process.limits?.openFiles;
  return `exec 9>&2 2>&4
started() { echo 'lading: started' >&4; }
finish() { echo "lading: exit $1" >&4; exit 0; }
umask 022
hostname ${quote(hostname)} || exit 1
${process.network === 'none' ? '{ ip link set lo up || ifconfig lo up; } 2>/dev/null\n' : ''}${
  engine.mountsProc ? '' : 'mount -n -t proc proc /proc || exit 1\n'
}mount -n -a -T base && cp -a dev/. root/dev/ && mount -n -a -T inside || exit 1
${openFiles === undefined ? '' : `ulimit -n ${Math.floor(openFiles)} || exit 1\n`}${plan.script}`;
}

function launch(folder: string, container: Container, io: Io, cleanUp: () => Promise<void>): RunningProcess {
  const { process: spec, mapping } = container;
  const [file = 'unshare', ...args] = [...inContainer(mapping, spec.network), 'sh', 'launch'];
  const stdin =
    spec.stdin === 'inherit' ? 'inherit' : spec.stdin === undefined || spec.stdin === 'none' ? 'ignore' : 'pipe';
  const child = spawn(file, args, {
    cwd: folder,
    env: helperEnvironment,
    // A session of its own, so that an interrupt typed at a build does not reach steps directly; a terminal needs the shared one.
    detached: !spec.terminal,
    stdio: [stdin, stdioOf(spec.stdout), stdioOf(spec.stderr), 'pipe', 'pipe'],
  });
  const control = child.stdio[3] as Writable;
  control.on('error', () => undefined); // the launcher ended first
  const report = readReport(child.stdio[4] as Readable);
  connect(child.stdout, spec.stdout);
  connect(child.stderr, spec.stderr);
  if (child.stdin !== null && spec.stdin !== undefined && typeof spec.stdin !== 'string') {
    // A process that does not read its input to the end is none of our business.
    pipeline(toReadable(spec.stdin), child.stdin).catch(() => undefined);
  }
  const kill = (signal: NodeJS.Signals) => {
    if (control.writable) control.write(`${signal.slice(3)} ${constants.signals[signal]}\n`);
  };
  const stop = stopper(child, control, kill, spec);
  io.signal?.addEventListener('abort', stop.begin, { once: true });
  const exited = closed(child)
    .finally(async () => {
      stop.end();
      io.signal?.removeEventListener('abort', stop.begin);
      await cleanUp();
    })
    .then(() => {
      if (io.signal?.aborted && stop.begun()) throw interrupted(io.signal);
      return statusOf(report(), spec);
    });
  // Whoever only wants to send signals need not look at the end.
  exited.catch(() => undefined);
  return { exited, kill };
}

function stdioOf(sink: OutputSink | undefined): 'inherit' | 'ignore' | 'pipe' {
  return sink === 'inherit' ? 'inherit' : sink === undefined ? 'ignore' : 'pipe';
}

function connect(stream: Readable | null, sink: OutputSink | undefined): void {
  if (stream !== null && typeof sink === 'function') stream.on('data', sink);
}

function closed(child: ChildProcess): Promise<void> {
  return new Promise((resolve, reject) => {
    child.once('error', (error) => {
      reject(
        new LadingError('RUNTIME_UNAVAILABLE', `Cannot start a container: ${messageOf(error)}`, {
          cause: error,
          hint: 'Install util-linux.',
        }),
      );
    });
    child.once('close', () => resolve());
  });
}

/** SIGTERM, then after the grace the end of the control pipe, then, should the launcher hang, SIGKILL. */
function stopper(
  child: ChildProcess,
  control: Writable,
  kill: (signal: NodeJS.Signals) => void,
  { graceMs = 2000, terminal = false }: ProcessSpec,
): { begun(): boolean; begin(): void; end(): void } {
  let begun = false;
  let timer: NodeJS.Timeout | undefined;
  return {
    begun: () => begun,
    begin: () => {
      begun = true;
      kill('SIGTERM');
      timer = setTimeout(() => {
        control.end();
        timer = setTimeout(() => (terminal ? child.kill('SIGKILL') : killGroup(child)), 3000);
      }, graceMs);
    },
    end: () => {
      clearTimeout(timer);
      control.destroy();
    },
  };
}

interface Report {
  readonly started: boolean;
  readonly code: number | undefined;
  readonly complaints: string;
}

function readReport(stream: Readable): () => Report {
  let text = '';
  stream.on('data', (chunk: Buffer) => {
    text = (text + chunk.toString()).slice(-65536);
  });
  stream.on('error', () => undefined);
  return () => {
    const lines = text.split('\n');
    const exit = lines.findLast((line) => line.startsWith('lading: exit '));
    return {
      started: lines.includes('lading: started'),
      code: exit === undefined ? undefined : Number(exit.slice('lading: exit '.length)),
      complaints: lines.filter((line) => line.trim() !== '' && !line.startsWith('lading: ')).join('\n'),
    };
  };
}

function statusOf({ started, code, complaints }: Report, { argv }: ProcessSpec): ExitStatus {
  if (!started || code === undefined) {
    throw new LadingError(
      'RUNTIME_FAILED',
      `Cannot run ${argv[0]}: the container could not be set up: ${complaints || 'its launcher died'}`,
      {
        hint: 'LADING_ENGINE=unshare (or crun, runc, bubblewrap) tries another engine.',
      },
    );
  }
  const signal = Object.entries(constants.signals).find(([, number]) => number === code - 128)?.[0];
  return signal === undefined ? { code } : { code, signal };
}
