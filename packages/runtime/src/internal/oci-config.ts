import host from 'node:process';
import type { Launch } from '../engine/engine.ts';
import { environmentOf } from '../process.ts';
import { maskedPaths, readOnlyPaths } from './masked-paths.ts';
import { seccompProfile } from './seccomp.ts';

/**
 * The config.json of an OCI bundle (OCI runtime-spec 1.0). The root file system is already mounted whole, so that only /proc,
 * which belongs to the new pid namespace, is left to the runtime.
 */
export function ociConfig({ process, capabilities, hostname, folder }: Launch): string {
  const { uid, gid, additionalGids = [] } = process.user ?? { uid: 0, gid: 0 };
  return JSON.stringify({
    ociVersion: '1.0.2',
    process: {
      terminal: process.terminal ?? false,
      ...(process.terminal ? consoleSize() : {}),
      user: { uid, gid, umask: 0o022, ...(additionalGids.length > 0 ? { additionalGids } : {}) },
      args: process.argv,
      env: environmentOf(process.env),
      cwd: process.cwd ?? '/',
      capabilities: { bounding: capabilities, effective: capabilities, permitted: capabilities },
      noNewPrivileges: process.noNewPrivileges ?? false,
    },
    root: { path: 'root', readonly: false },
    hostname,
    mounts: [
      { destination: '/proc', type: 'proc', source: 'proc', options: ['nosuid', 'nodev', 'noexec'] },
      // Already there; said again because a runtime leaves a bound /dev alone instead of making device nodes in it.
      { destination: '/dev', type: 'bind', source: `${folder}/root/dev`, options: ['rbind'] },
    ],
    linux: {
      namespaces: [{ type: 'pid' }, { type: 'mount' }, { type: 'ipc' }, { type: 'uts' }],
      // What lies in /sys is covered already.
      maskedPaths: maskedPaths.filter((path) => path.startsWith('/proc/')),
      readonlyPaths: readOnlyPaths,
      ...(capabilities.includes('CAP_SYS_ADMIN') ? {} : { seccomp: seccompProfile() }),
    },
  });
}

/** The window as it is now, which crun does not look at by itself; both runtimes follow later changes. */
function consoleSize(): object {
  const window = [host.stdout, host.stderr].find((stream) => stream.isTTY);
  return window === undefined ? {} : { consoleSize: { height: window.rows, width: window.columns } };
}
