import host from 'node:process';
import type { EnginePlan, Launch } from '../engine/engine.ts';
import { environmentOf, type Ulimit } from '../process.ts';
import { maskedPaths, readOnlyPaths } from './masked-paths.ts';
import { seccompProfile } from './seccomp.ts';

/**
 * The config.json of an OCI bundle (OCI runtime-spec 1.0). The root file system is already mounted whole, so that only /proc,
 * which belongs to the new pid namespace, is left to the runtime.
 */
function ociConfig(launch: Launch, resources?: object): string {
  const { process, secretEnv, ulimits, capabilities, privileged, hostname, folder } = launch;
  const { uid, gid, additionalGids = [] } = process.user ?? { uid: 0, gid: 0 };
  return JSON.stringify({
    ociVersion: '1.0.2',
    process: {
      terminal: process.terminal ?? false,
      ...(process.terminal ? consoleSize() : {}),
      user: { uid, gid, umask: 0o022, ...(additionalGids.length > 0 ? { additionalGids } : {}) },
      args: process.argv,
      env: [...environmentOf(process.env), ...secretEnv.map(([name, value]) => `${name}=${value}`)],
      cwd: process.cwd ?? '/',
      capabilities: { bounding: capabilities, effective: capabilities, permitted: capabilities },
      noNewPrivileges: process.noNewPrivileges ?? false,
      ...(ulimits.length === 0 ? {} : { rlimits: ulimits.map(rlimit) }),
    },
    root: { path: `${folder}/root`, readonly: false },
    hostname,
    mounts: [
      { destination: '/proc', type: 'proc', source: 'proc', options: ['nosuid', 'nodev', 'noexec'] },
      // Already there; said again because a runtime leaves a bound /dev alone instead of making device nodes in it.
      { destination: '/dev', type: 'bind', source: `${folder}/root/dev`, options: ['rbind'] },
    ],
    linux: {
      namespaces: [{ type: 'pid' }, { type: 'mount' }, { type: 'ipc' }, { type: 'uts' }],
      // What lies in /sys is covered already.
      maskedPaths: privileged ? [] : maskedPaths.filter((path) => path.startsWith('/proc/')),
      readonlyPaths: privileged ? [] : readOnlyPaths,
      ...(privileged || capabilities.includes('CAP_SYS_ADMIN') ? {} : { seccomp: seccompProfile() }),
      ...(resources === undefined ? {} : { resources }),
    },
  });
}

function rlimit({ name, soft, hard }: Ulimit): object {
  return { type: `RLIMIT_${name.toUpperCase()}`, soft: limit(soft), hard: limit(hard) };
}

/** RLIM_INFINITY is more than a number can say. */
function limit(value: number | 'unlimited'): unknown {
  if (value !== 'unlimited') return value;
  return (JSON as unknown as { rawJSON(text: string): object }).rawJSON('18446744073709551615');
}

/** The window as it is now, which crun does not look at by itself; both runtimes follow later changes. */
function consoleSize(): object {
  const window = [host.stdout, host.stderr].find((stream) => stream.isTTY);
  return window === undefined ? {} : { consoleSize: { height: window.rows, width: window.columns } };
}

/** The bundle of a launch as files of an engine's plan, and where it lies: in memory alone when there is something secret in it. */
export function ociBundle(
  launch: Launch,
  resources?: object,
): Pick<EnginePlan, 'files' | 'secretFiles'> & { readonly bundle: string } {
  const files = { 'config.json': ociConfig(launch, resources) };
  return launch.secretEnv.length === 0 ? { files, bundle: '$PWD' } : { secretFiles: files, bundle: '$PWD/private' };
}
