import { existsSync, readFileSync, statSync } from 'node:fs';
import type { IdMapping } from '../engine/engine.ts';
import { maskedPaths, readOnlyPaths } from './masked-paths.ts';
import { mountFlags } from './mount-flags.ts';
import { overlayOptions } from './overlay.ts';
import { fstabField } from './shell.ts';

export interface TableOptions {
  readonly mapping: IdMapping;
  /** The absolute path of the run folder. */
  readonly folder: string;
  /** Names in the run folder, the uppermost first. */
  readonly lowers: readonly string[];
  readonly work: string;
  readonly readOnlyRoot: boolean;
  readonly mountsProc: boolean;
  /** Whether the engine is to see no cgroups. */
  readonly hidesCgroups: boolean;
  /** Nothing is covered or read-only, and device nodes can be opened. */
  readonly privileged: boolean;
  /** Whether the network is that of this machine. */
  readonly hostNetwork: boolean;
  /** Of /dev/shm. */
  readonly shmBytes: number;
}

/** Device nodes that every container has, bound from this machine. */
export const deviceNames: readonly string[] = ['null', 'zero', 'full', 'random', 'urandom', 'tty'];

/**
 * What is mounted for every run, as two tables for `mount -a` (one process each): `base` up to an empty /dev, which the
 * launcher then fills from a prepared folder, and `inside`.
 */
export function mountTable(options: TableOptions): { readonly base: string; readonly inside: string } {
  const { mapping, folder, lowers, work, readOnlyRoot, mountsProc, hidesCgroups, privileged, hostNetwork, shmBytes } =
    options;
  const line = (source: string, target: string, type: string, flags: string) =>
    `${fstabField(source)} ${fstabField(`${folder}/root${target}`)} ${type} ${flags} 0 0\n`;
  // A remount that forgets flags of the source is refused inside a user namespace.
  const kept = mapping === 'none' ? [] : mountFlags(folder);
  const generated = ['hosts', 'hostname', 'resolv.conf'].map((name) =>
    line(`${folder}/${name}`, `/etc/${name}`, 'none', ['bind', 'ro', ...kept].join(',')),
  );
  const overlay = overlayOptions({
    lowers,
    upper: 'upper',
    work,
    mapping,
    readOnly: readOnlyRoot,
    devices: privileged,
  });
  const quiet = 'nosuid,nodev,noexec';
  const base = [
    ...(mountsProc ? [] : [aroundRoot('/proc', 'proc')]),
    line('overlay', '', 'overlay', overlay),
    ...(mountsProc ? [line('proc', '/proc', 'proc', quiet)] : []),
    line('tmpfs', '/dev', 'tmpfs', `${quiet},mode=755,size=65536k`),
  ];
  const inside = [
    ...deviceNames.map((name) => line(`/dev/${name}`, `/dev/${name}`, 'none', 'bind')),
    line(
      'devpts',
      '/dev/pts',
      'devpts',
      `nosuid,noexec,newinstance,ptmxmode=0666,mode=0620${mapping === 'single' ? '' : ',gid=5'}`,
    ),
    line('shm', '/dev/shm', 'tmpfs', `${quiet},mode=1777,size=${shmBytes}`),
    ...(supports('mqueue') ? [line('mqueue', '/dev/mqueue', 'mqueue', quiet)] : []),
    ...(mapping === 'none'
      ? [line('sysfs', '/sys', 'sysfs', `${privileged ? '' : 'ro,'}${quiet}`)]
      : // A user may not mount a new one. That of this machine would name its interfaces where there is another network.
        [
          line('/sys', '/sys', 'none', `rbind,ro,${quiet}`),
          ...cover('/sys/fs/cgroup', line),
          ...(hostNetwork ? [] : cover('/sys/class/net', line)),
        ]),
    ...(privileged ? [] : maskedPaths)
      .filter((path) => mountsProc || path.startsWith('/sys/'))
      .flatMap((path) => cover(path, line)),
    ...(mountsProc && !privileged ? readOnlyPaths : [])
      .filter((path) => existsSync(path))
      .map((path) => line(`${folder}/root${path}`, path, 'none', `bind,ro,${quiet}`)),
    ...generated,
    ...(hidesCgroups && existsSync('/sys/fs/cgroup') ? [aroundRoot('/sys/fs/cgroup', 'tmpfs')] : []),
  ];
  return { base: base.join(''), inside: inside.join('') };
}

/** What the launcher and the engine see. By a source that this machine's mount has not: `mount -a` leaves out what is mounted already. */
function aroundRoot(target: string, type: string): string {
  return `lading ${target} ${type} defaults 0 0\n`;
}

type Line = (source: string, target: string, type: string, flags: string) => string;

function cover(path: string, line: Line): string[] {
  if (!existsSync(path)) return [];
  return [
    statSync(path).isDirectory() ? line('tmpfs', path, 'tmpfs', 'ro,size=4k') : line('/dev/null', path, 'none', 'bind'),
  ];
}

function supports(type: string): boolean {
  return readFileSync('/proc/filesystems', 'utf8').split(/\s+/).includes(type);
}
