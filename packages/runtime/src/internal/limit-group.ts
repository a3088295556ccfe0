import { mkdir, readFile, rmdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { ProcessLimits } from '../process.ts';

/** A cgroup of its own for one container. */
export interface LimitGroup {
  /** Moves processes into it; what they start later is in it from its beginning. */
  add(pids: readonly number[]): Promise<void>;
  /** After the last process. Does not throw. */
  remove(): Promise<void>;
}

type Limited = 'memory' | 'cpus';

/** Where a limit is written: a controller, and its files with their content, in both versions of cgroups. */
interface Setting {
  readonly limit: Limited;
  readonly controller: string;
  readonly v1: readonly (readonly [file: string, text: string])[];
  readonly v2: readonly (readonly [file: string, text: string])[];
}

const periodUs = 100_000;

function settingsOf({ memoryBytes, cpus }: ProcessLimits): Setting[] {
  const settings: Setting[] = [];
  if (memoryBytes !== undefined) {
    const text = String(memoryBytes);
    const [controller, limit] = ['memory', 'memory'] as const;
    settings.push({ limit, controller, v1: [['memory.limit_in_bytes', text]], v2: [['memory.max', text]] });
  }
  if (cpus !== undefined) {
    const quota = String(Math.max(1000, Math.round(cpus * periodUs)));
    const [controller, limit] = ['cpu', 'cpus'] as const;
    const v1 = [
      ['cpu.cfs_period_us', String(periodUs)],
      ['cpu.cfs_quota_us', quota],
    ] as const;
    settings.push({ limit, controller, v1, v2: [['cpu.max', `${quota} ${periodUs}`]] });
  }
  return settings;
}

/** Makes the group for what can be limited here; `missing` is what cannot. */
export async function makeLimitGroup(
  name: string,
  limits: ProcessLimits,
): Promise<{ readonly group: LimitGroup | undefined; readonly missing: readonly Limited[] }> {
  const folders = new Set<string>();
  const missing: Limited[] = [];
  const places = await findHierarchies();
  for (const setting of settingsOf(limits)) {
    const folder = await limitIn(places, name, setting, folders);
    if (folder === undefined) missing.push(setting.limit);
    else folders.add(folder);
  }
  if (folders.size === 0) return { group: undefined, missing };
  const group: LimitGroup = {
    async add(pids) {
      for (const folder of folders) for (const pid of pids) await writeFile(join(folder, 'cgroup.procs'), String(pid));
    },
    remove: () => removeFolders([...folders]),
  };
  return { group, missing };
}

/** Removes the groups of a container that was killed together with this program. Does not throw. */
export async function removeLimitGroups(name: string): Promise<void> {
  for (const { folder } of await findHierarchies())
    for (const parent of above(folder)) await rmdir(join(parent, name)).catch(() => {});
}

async function removeFolders(folders: readonly string[]): Promise<void> {
  for (const folder of folders) {
    // The kernel needs a moment to let go of the last process.
    for (let tries = 0; tries < 20; tries++) {
      const busy = await rmdir(folder).then(
        () => false,
        (error: NodeJS.ErrnoException) => error.code === 'EBUSY',
      );
      if (!busy) break;
      await new Promise((resolve) => setTimeout(resolve, 10));
    }
  }
}

async function limitIn(
  places: readonly Hierarchy[],
  name: string,
  setting: Setting,
  used: ReadonlySet<string>,
): Promise<string | undefined> {
  for (const place of places.filter(
    ({ controllers }) => controllers === 'v2' || controllers.includes(setting.controller),
  )) {
    // In version 2 a group either has processes or hands limits down: the nearest one above that hands this one down.
    const parents = place.controllers === 'v2' ? above(place.folder) : [place.folder];
    for (const parent of parents) {
      if (place.controllers === 'v2' && !(await handsDown(parent, setting.controller))) continue;
      const folder = join(parent, name);
      try {
        await mkdir(folder, { recursive: true });
        for (const [file, text] of place.controllers === 'v2' ? setting.v2 : setting.v1)
          await writeFile(join(folder, file), text);
        return folder;
      } catch {
        if (!used.has(folder)) await rmdir(folder).catch(() => {});
      }
    }
  }
  return undefined;
}

async function handsDown(folder: string, controller: string): Promise<boolean> {
  const text = await readFile(join(folder, 'cgroup.subtree_control'), 'utf8').catch(() => '');
  return text.split(/\s+/).includes(controller);
}

const root = '/sys/fs/cgroup';

function above(folder: string): string[] {
  return folder.length <= root.length ? [folder] : [folder, ...above(dirname(folder))];
}

/** A hierarchy of cgroups, and where in it this process is. */
interface Hierarchy {
  readonly controllers: 'v2' | readonly string[];
  readonly folder: string;
}

/** cgroups(7) §/proc/pid/cgroup and the mounts of /proc/self/mountinfo. */
async function findHierarchies(): Promise<Hierarchy[]> {
  const [own, mounts] = await Promise.all(
    ['cgroup', 'mountinfo'].map((file) => readFile(`/proc/self/${file}`, 'utf8').catch(() => '')),
  );
  const lines = (own ?? '').split('\n').map((line) => /^\d+:([^:]*):(.*)$/.exec(line));
  const points = (mounts ?? '').split('\n').flatMap((line) => {
    const [before = '', after = ''] = line.split(' - ');
    const [type, , options = ''] = after.split(' ');
    const [, , , mountRoot = '/', point = ''] = before.split(' ');
    return type === 'cgroup' || type === 'cgroup2' ? [{ type, options: options.split(','), mountRoot, point }] : [];
  });
  return lines.flatMap((match): Hierarchy[] => {
    if (match === null) return [];
    const [, names = '', path = '/'] = match;
    const controllers = names.split(',');
    const mount = points.find(({ type, options }) =>
      names === '' ? type === 'cgroup2' : type === 'cgroup' && controllers.every((name) => options.includes(name)),
    );
    if (mount === undefined) return [];
    const inside =
      path.startsWith(mount.mountRoot) && mount.mountRoot !== '/' ? path.slice(mount.mountRoot.length) : path;
    return [{ controllers: names === '' ? 'v2' : controllers, folder: join(mount.point, inside) }];
  });
}
