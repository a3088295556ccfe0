import { lstat, mkdir, realpath, stat, symlink, writeFile } from 'node:fs/promises';
import { dirname, join, posix } from 'node:path';
import { LadingError, messageOf } from '@lading/errors';
import type { IdMapping } from '../engine/engine.ts';
import type { BindMount, FileMount, Mount, Ownership, SnapshotMount, SocketMount } from '../mount.ts';
import { stackOf } from '../snapshot.ts';
import { mountFlags } from './mount-flags.ts';
import { copyAttributes, findInLayers, type MountPoint, makeMountPoints, resolveMountPoint } from './mount-points.ts';
import { overlayOptions } from './overlay.ts';
import { quote } from './shell.ts';
import { listenForMount } from './socket-mount.ts';

export interface MountPlaces {
  /** The run folder. */
  readonly folder: string;
  readonly mapping: IdMapping;
  /** Whether devices in mounted folders can be opened. */
  readonly privileged: boolean;
  /** The file systems of the image, the uppermost (the writable) first. */
  readonly layers: readonly string[];
  readonly mounts: readonly Mount[];
}

export interface PlacedMounts {
  /** Mount points that the root file system has to have. */
  readonly points: readonly MountPoint[];
  /**
   * Lines of sh for the launcher, which mount everything, the outer before the inner; each leaves with 1 when it fails. `others` are
   * files that the launcher gets in its folder `private` besides what is mounted.
   */
  script(others: readonly PrivateFile[]): string;
  /** What file mounts hold, in the order in which the script reads it from file descriptor 5. */
  readonly contents: readonly Uint8Array[];
  close(): void;
}

/** A file that exists in memory only. */
export interface PrivateFile {
  readonly name: string;
  readonly content: Uint8Array;
}

/** A mount with the place where its target lies, and what is needed to put another one inside it. */
interface Placed {
  readonly place: string;
  readonly kind: 'directory' | 'file';
  /** Makes room for a mount inside; throws where that cannot be. Lines of sh. */
  makeRoom(inner: MountPoint): Promise<string>;
  readonly lines: string;
}

/** Finds where each mount goes and makes what can be made before there are namespaces. */
export async function placeMounts({ layers, mounts, ...run }: MountPlaces): Promise<PlacedMounts> {
  const points: MountPoint[] = [];
  const contents: Uint8Array[] = [];
  const closers: (() => void)[] = [];
  const placed: Placed[] = [];
  const lines: string[] = [];
  const found = await Promise.all(
    mounts.map(async (mount) => ({
      mount,
      place: await resolveMountPoint(layers, { path: mount.target, follow: true }),
    })),
  );
  const depth = ({ place }: { readonly place: string }) => place.split('/').length;
  // An inner mount needs its outer one to be there first; sorting is stable, so that of two at one place the later covers.
  for (const [index, { mount, place }] of found.sort((a, b) => depth(a) - depth(b)).entries()) {
    const made = await mountOne({ ...run, index, mount, place, contents, closers });
    const point: MountPoint = { path: place, kind: made.kind, follow: true };
    const outer = placed.findLast((one) => one.kind === 'directory' && isInside(place, one.place));
    if (outer !== undefined) lines.push(await outer.makeRoom(point));
    else lines.push(await makeRoomInRoot(run.folder, point, points));
    lines.push(made.lines);
    placed.push(made);
  }
  return {
    points,
    script(others) {
      const files = [...contents.map((content, index) => ({ name: String(index), content })), ...others];
      return (files.length === 0 ? '' : privateFolder(files)) + lines.join('');
    },
    contents,
    close: () => {
      for (const close of closers) close();
    },
  };
}

function isInside(path: string, folder: string): boolean {
  return path.startsWith(`${folder}/`);
}

/** What file mounts hold lies on a file system in memory that only the launcher sees. */
function privateFolder(files: readonly PrivateFile[]): string {
  const size = files.reduce((sum, { content }) => sum + Math.ceil(content.length / 4096) * 4096, 1 << 20);
  return [
    `mkdir private && mount -n -t tmpfs -o nosuid,nodev,mode=700,size=${size} private private || exit 1\n`,
    ...files.map(
      // head(1) takes no more from a pipe than it is asked for.
      ({ name, content: { length } }) =>
        `( umask 077; ${length === 0 ? ':' : `head -c ${length} <&5`} >private/${name} ) || exit 1\n`,
    ),
  ].join('');
}

/** /dev is filled from a prepared folder; the rest of the root file system has a layer of mount points. */
async function makeRoomInRoot(folder: string, point: MountPoint, points: MountPoint[]): Promise<string> {
  const { path, kind } = point;
  if (path === '/' || /^\/(proc|sys)(\/|$)/.test(path) || /^\/dev(\/(pts|mqueue)(\/|$)|$)/.test(path)) {
    throw new LadingError('USAGE', `Cannot mount at ${path}: that place belongs to the container itself`, {
      hint: 'Choose a folder of the image, or a new one.',
    });
  }
  if (isInside(path, '/dev/shm')) return room(path, kind);
  if (!path.startsWith('/dev/')) {
    points.push(point);
    return '';
  }
  const inDev = join(folder, path);
  await mkdir(kind === 'directory' ? inDev : dirname(inDev), { recursive: true });
  if (kind === 'file') await writeFile(inDev, '', { flag: 'a' });
  return '';
}

/** A mount point in a file system in memory, which nobody but the launcher has seen yet: no symlink can be in the way. */
function room(path: string, kind: MountPoint['kind']): string {
  const at = quote(`root${path}`);
  return kind === 'directory'
    ? `mkdir -p ${at} || exit 1\n`
    : `mkdir -p ${quote(`root${dirname(path)}`)} && : >>${at} || exit 1\n`;
}

interface One<M extends Mount = Mount> extends Omit<MountPlaces, 'layers' | 'mounts'> {
  readonly index: number;
  readonly mount: M;
  readonly place: string;
  readonly contents: Uint8Array[];
  readonly closers: (() => void)[];
}

async function mountOne(one: One): Promise<Placed> {
  const { mount } = one;
  switch (mount.kind) {
    case 'snapshot':
      return mountSnapshot({ ...one, mount });
    case 'tmpfs': {
      const size = mount.sizeBytes === undefined ? '' : `,size=${mount.sizeBytes}`;
      const { place } = one;
      const lines = `mount -n -t tmpfs -o nosuid,nodev,mode=1777${size} tmpfs ${quote(`root${place}`)} || exit 1\n`;
      return { place, kind: 'directory', lines, makeRoom: async ({ path, kind }) => room(path, kind) };
    }
    case 'file':
      return mountFile({ ...one, mount });
    case 'socket':
      return mountSocket({ ...one, mount });
    default:
      return mountBind({ ...one, mount });
  }
}

async function mountBind({ privileged, mount, place }: One<BindMount>): Promise<Placed> {
  const { source, target, readOnly = false } = mount;
  let path: string;
  let isFolder: boolean;
  try {
    path = await realpath(source);
    isFolder = (await stat(path)).isDirectory();
  } catch (cause) {
    throw new LadingError('FILE_NOT_FOUND', `Cannot mount ${source} at ${target}: ${messageOf(cause)}`, { cause });
  }
  // What the container makes in a folder of this machine must not be a way to its disks; a device that is mounted itself is meant to be one.
  const flags = [...(readOnly ? ['ro'] : []), ...(isFolder && !privileged ? ['nodev'] : [])];
  return {
    place,
    kind: isFolder ? 'directory' : 'file',
    // A remount has to say the flags of the source again: it would take them away, which a user namespace refuses.
    lines: bindLine(path, place, flags.length === 0 ? [] : [...new Set([...flags, ...mountFlags(path)])]),
    async makeRoom(inner) {
      await refuseUnlessThere(path, inner.path.slice(place.length), target, inner);
      return '';
    },
  };
}

/** Nothing is made in folders of this machine, and no symlink in them is followed by a mount. */
async function refuseUnlessThere(
  source: string,
  rest: string,
  target: string,
  { path, kind }: MountPoint,
): Promise<void> {
  let at = source;
  const parts = rest.split('/').filter((part) => part !== '');
  for (const [index, part] of parts.entries()) {
    at = join(at, part);
    const found = await lstat(at).catch(() => undefined);
    const fits = index < parts.length - 1 || kind === 'directory' ? found?.isDirectory() : found?.isFile();
    if (fits === true) continue;
    throw new LadingError(
      'RUNTIME_FAILED',
      `Cannot mount at ${path}, inside the mount at ${target}: there is no such ${kind}`,
      {
        hint: `Make it in ${source} first, or mount beside it.`,
      },
    );
  }
}

async function mountSnapshot({ index, folder, mapping, mount, place }: One<SnapshotMount>): Promise<Placed> {
  const { snapshot, source = '/', readOnly = false } = mount;
  const name = `m${index}`;
  const lowers = stackOf(snapshot).map((each) => each.folder);
  for (const part of ['', '/root', '/upper', '/work', '/points']) await mkdir(join(folder, name + part));
  await Promise.all(lowers.map((lower, number) => symlink(lower, join(folder, name, String(number)))));
  await copyAttributes(await lstat(snapshot.folder), join(folder, name, 'upper'));
  const path = await resolveMountPoint(lowers, { path: source, follow: true });
  const found = path === '/' ? undefined : await findInLayers(lowers, path);
  if (path !== '/' && found === undefined) {
    throw new LadingError('FILE_NOT_FOUND', `Cannot mount ${source} at ${mount.target}: it is not there`, {
      details: { source },
    });
  }
  const options = overlayOptions({
    ...{ mapping, upper: `${name}/upper`, work: `${name}/work` },
    lowers: [`${name}/points`, ...lowers.map((_, number) => `${name}/${number}`)],
  });
  const isFolder = found?.stats.isDirectory() ?? true;
  const inner: MountPoint[] = [];
  return {
    place,
    kind: isFolder ? 'directory' : 'file',
    // Mounted by the launcher, after everything inside has found its place.
    lines:
      `mount -n -t overlay -o ${options} overlay ${name}/root || exit 1\n` +
      bindLine(`${name}/root${path === '/' ? '' : path}`, place, readOnly ? ['ro', 'nodev'] : []),
    async makeRoom({ path: wanted, kind }) {
      const inside = posix.join(path, wanted.slice(place.length));
      inner.push({ path: inside, kind, follow: true });
      const places = await makeMountPoints(join(folder, name, 'points'), lowers, inner);
      if (places.at(-1) === inside) return '';
      throw new LadingError(
        'RUNTIME_FAILED',
        `Cannot mount at ${wanted}: a symlink of the mount at ${mount.target} is in the way`,
      );
    },
  };
}

function mountFile({ mount, place, contents }: One<FileMount>): Placed {
  const path = `private/${contents.length}`;
  contents.push(mount.content);
  const flags = ['ro', 'nosuid', 'nodev', ...((mount.mode & 0o111) === 0 ? ['noexec'] : [])];
  return { place, kind: 'file', lines: dress(path, mount) + bindLine(path, place, flags), makeRoom: noRoom(place) };
}

async function mountSocket({ index, folder, mount, place, closers }: One<SocketMount>): Promise<Placed> {
  const name = `s${index}`;
  closers.push(await listenForMount(folder, name, mount));
  return { place, kind: 'file', lines: dress(name, mount) + bindLine(name, place, []), makeRoom: noRoom(place) };
}

function noRoom(place: string): Placed['makeRoom'] {
  return async ({ path }) => {
    throw new LadingError('USAGE', `Cannot mount at ${path}: ${place} is not a folder`);
  };
}

function dress(path: string, { mode, uid = 0, gid = 0 }: Ownership): string {
  // Without subordinate ids even chown to oneself can be refused; and the owner first, for chown takes setuid bits away.
  const owner = uid === 0 && gid === 0 ? '' : `chown ${uid}:${gid} ${quote(path)} && `;
  return `${owner}chmod ${mode.toString(8)} ${quote(path)} || exit 1\n`;
}

function bindLine(source: string, place: string, flags: readonly string[]): string {
  return `mount -n -o ${['bind', ...flags].join(',')} ${quote(source)} ${quote(`root${place}`)} || exit 1\n`;
}
