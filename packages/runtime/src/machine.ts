import { mkdir, mkdtemp, readFile, rm } from 'node:fs/promises';
import { release, tmpdir, userInfo } from 'node:os';
import { join } from 'node:path';
import { LadingError } from '@lading/errors';
import type { EngineName, IdMapping } from './engine/engine.ts';
import { engines, findEngine } from './engine/engines.ts';
import { asRoot, inContainer } from './internal/namespaces.ts';
import { overlayOptions } from './internal/overlay.ts';
import { findProgram, runHelper } from './internal/program.ts';

/** Something that this machine lacks. */
export interface MachineProblem {
  /** What does not work because of it. */
  readonly what: string;
  readonly why: string;
  /** What to do, as a sentence for the person who administers the machine. */
  readonly remedy: string;
}

/** What this machine can do for containers, found by trying. */
export interface Machine {
  /** The caller may create namespaces and mounts by itself. What only others need is not looked at then, and undefined. */
  readonly root: boolean;
  readonly userNamespaces: boolean | undefined;
  /** The caller has ranges of subordinate ids in /etc/subuid and /etc/subgid, and the programs that map them. */
  readonly subordinateIds: boolean | undefined;
  /** An overlay can be mounted in the folder that was asked about. */
  readonly overlay: boolean;
  /** How container ids map to this machine's; undefined when no container can run at all. */
  readonly mapping: IdMapping | undefined;
  /** Engines that are installed, in order of preference; only the one that LADING_ENGINE names, if it is set. */
  readonly engines: readonly EngineName[];
  /** What is missing, the gravest first. Containers run when `mapping`, `overlay` and one engine are there. */
  readonly problems: readonly MachineProblem[];
}

export interface InspectOptions {
  /** Where containers' files would lie; overlay depends on its file system. Created if absent. Default: the temporary folder. */
  readonly folder?: string;
  /** Default: the variable LADING_ENGINE. */
  readonly engine?: string | undefined;
}

/** Looks at this machine: a handful of short trials, about 20 ms. Throws USAGE when the engine that was asked for has no such name. */
export async function inspectMachine(options: InspectOptions = {}): Promise<Machine> {
  const problems: MachineProblem[] = [];
  if (process.platform !== 'linux') {
    problems.push({
      what: 'Containers cannot run',
      why: `this is ${process.platform}, and containers need a Linux kernel`,
      remedy: 'Use a Linux machine or virtual machine for steps that run programs.',
    });
    return {
      root: false,
      userNamespaces: false,
      subordinateIds: false,
      overlay: false,
      mapping: undefined,
      engines: [],
      problems,
    };
  }
  const missing = ['unshare', 'mount', 'umount', 'cp', 'hostname'].filter((name) => findProgram(name) === undefined);
  if (missing.length > 0) {
    problems.push({
      what: 'Containers cannot run',
      why: `the programs ${missing.join(', ')} are not installed`,
      remedy: 'Install util-linux, coreutils and hostname.',
    });
  }
  const folder = options.folder ?? tmpdir();
  const likely: IdMapping = process.geteuid?.() === 0 ? 'none' : 'range';
  const { root, userNamespaces, subordinateIds, likelyFault } = await tryNamespaces(likely, folder);
  if (!root && userNamespaces !== true) problems.push(await noNamespaces());
  if (!root && userNamespaces === true && subordinateIds !== true) problems.push(await noSubordinateIds());
  const mapping: IdMapping | undefined = root
    ? 'none'
    : subordinateIds === true
      ? 'range'
      : userNamespaces === true
        ? 'single'
        : undefined;
  const overlayFault =
    mapping === undefined ? 'no namespaces' : mapping === likely ? likelyFault : await tryOverlay(mapping, folder);
  if (mapping !== undefined && overlayFault !== undefined) {
    problems.push({
      what: 'Containers cannot run',
      why: `an overlay cannot be mounted in ${folder}: ${overlayFault}`,
      remedy: 'Use a folder on ext4, xfs, btrfs or tmpfs, and Linux 5.11 or later when not root.',
    });
  }
  const installed = installedEngines(options.engine ?? process.env.LADING_ENGINE, problems);
  return {
    root,
    userNamespaces,
    subordinateIds,
    overlay: overlayFault === undefined,
    mapping,
    engines: installed,
    problems,
  };
}

/** Throws RUNTIME_UNAVAILABLE with every problem and its remedy unless containers can run. */
export function assertCanRun(machine: Machine): asserts machine is Machine & { readonly mapping: IdMapping } {
  if (machine.mapping !== undefined && machine.overlay && machine.engines.length > 0) return;
  throw new LadingError(
    'RUNTIME_UNAVAILABLE',
    `This machine cannot run containers: ${machine.problems.map((problem) => problem.why).join('; ')}`,
    { hint: machine.problems.map((problem) => problem.remedy).join(' '), details: { problems: machine.problems } },
  );
}

function installedEngines(wanted: string | undefined, problems: MachineProblem[]): EngineName[] {
  if (wanted !== undefined && wanted !== '' && findEngine(wanted) === undefined) {
    throw new LadingError('USAGE', `There is no engine "${wanted}"`, {
      hint: `LADING_ENGINE is one of ${engines.map((engine) => engine.name).join(', ')}.`,
    });
  }
  const candidates = wanted ? engines.filter((engine) => engine.name === wanted) : engines;
  const found = candidates.filter((engine) => engine.needs.every((name) => findProgram(name) !== undefined));
  if (found.length === 0) {
    problems.push({
      what: 'Containers cannot run',
      why: `none of the engines ${candidates.map((engine) => engine.name).join(', ')} is installed`,
      remedy: 'Install crun, runc or bubblewrap, or the whole of util-linux.',
    });
  }
  return found.map((engine) => engine.name);
}

interface Namespaces extends Pick<Machine, 'root' | 'userNamespaces' | 'subordinateIds'> {
  /** What is wrong with an overlay as it most likely is. */
  readonly likelyFault: string | undefined;
}

async function tryNamespaces(likely: IdMapping, folder: string): Promise<Namespaces> {
  // Whose overlay is mounted in namespaces of its own may make them.
  if (likely === 'none' && (await tryOverlay(likely, folder)) === undefined)
    return { root: true, userNamespaces: undefined, subordinateIds: undefined, likelyFault: undefined };
  // All at once: a trial takes mostly the time that a process takes to start.
  const [root, userNamespaces, rangeWorks, likelyFault] = await Promise.all([
    works([...inContainer('none', 'host'), 'true']),
    works([...asRoot('single'), 'true']),
    works([...asRoot('range'), 'true']),
    tryOverlay(likely, folder),
  ]);
  return { root, userNamespaces, subordinateIds: userNamespaces && rangeWorks, likelyFault };
}

async function works(argv: readonly string[]): Promise<boolean> {
  return (await runHelper(argv)).code === 0;
}

async function tryOverlay(mapping: IdMapping, folder: string): Promise<string | undefined> {
  await mkdir(folder, { recursive: true });
  const trial = await mkdtemp(join(folder, '.overlay-trial-'));
  try {
    await Promise.all(['lower', 'upper', 'work', 'root'].map((name) => mkdir(join(trial, name))));
    const options = overlayOptions({ lowers: ['lower'], upper: 'upper', work: 'work', mapping });
    const mount = ['mount', '-n', '-t', 'overlay', '-o', options, 'overlay', join(trial, 'root')];
    const outcome = await runHelper([...inContainer(mapping, 'host'), ...mount], { cwd: trial });
    return outcome.code === 0 ? undefined : (outcome.stderr.split('\n')[0] ?? 'mount failed');
  } finally {
    // The work folder belongs to root of the mapping, which is the caller; it is empty but has mode 000.
    if (mapping !== 'none') await runHelper([...asRoot(mapping), 'rm', '-rf', '--', trial]);
    await rm(trial, { recursive: true, force: true });
  }
}

async function noNamespaces(): Promise<MachineProblem> {
  const what = 'Containers cannot run without root';
  const limits = [
    ['/proc/sys/user/max_user_namespaces', '0', 'user.max_user_namespaces=15000'],
    ['/proc/sys/kernel/unprivileged_userns_clone', '0', 'kernel.unprivileged_userns_clone=1'],
    ['/proc/sys/kernel/apparmor_restrict_unprivileged_userns', '1', 'kernel.apparmor_restrict_unprivileged_userns=0'],
  ] as const;
  for (const [path, refuses, setting] of limits) {
    if ((await textOf(path)).trim() === refuses) {
      return {
        what,
        why: `user namespaces are switched off (${path} is ${refuses})`,
        remedy: `As root: sysctl -w ${setting}`,
      };
    }
  }
  return {
    what,
    why: `the kernel (${release()}) or the container this runs in refuses to create user namespaces`,
    remedy: 'Run as root, or with a seccomp profile that allows unshare(2) and mount(2).',
  };
}

async function noSubordinateIds(): Promise<MachineProblem> {
  const what = 'Files in containers can belong to root only: package managers such as apt fail at chown';
  const absent = ['newuidmap', 'newgidmap'].filter((name) => findProgram(name) === undefined);
  if (absent.length > 0) {
    return {
      what,
      why: `${absent.join(' and ')} are not installed`,
      remedy: 'Install the package uidmap (or shadow).',
    };
  }
  const { username, uid } = nameOfUser();
  for (const path of ['/etc/subuid', '/etc/subgid']) {
    const lines = (await textOf(path)).split('\n');
    if (!lines.some((line) => line.startsWith(`${username}:`) || line.startsWith(`${uid}:`))) {
      return {
        what,
        why: `${path} has no range for ${username}`,
        remedy: `As root: usermod --add-subuids 100000-165535 --add-subgids 100000-165535 ${username}`,
      };
    }
  }
  return {
    what,
    why: 'the ranges of /etc/subuid and /etc/subgid cannot be mapped',
    remedy: 'Check that newuidmap and newgidmap are setuid root or hold file capabilities.',
  };
}

function nameOfUser(): { username: string; uid: number } {
  try {
    return userInfo();
  } catch {
    // No entry in passwd.
    const uid = process.getuid?.() ?? -1;
    return { username: String(uid), uid };
  }
}

async function textOf(path: string): Promise<string> {
  return await readFile(path, 'utf8').catch(() => '');
}
