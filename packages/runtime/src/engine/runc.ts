import { statSync } from 'node:fs';
import { readdir, rmdir } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { forwardSignals, takeExitCode } from '../internal/forward-signals.ts';
import { ociBundle } from '../internal/oci-config.ts';
import type { Mount } from '../mount.ts';
import { type Engine, type Launch, notFoundOrFailed } from './engine.ts';

/** The runc program over an OCI bundle: namespaces, capabilities, mounts and a seccomp filter. The process is pid 1. */
export const runcEngine: Engine = {
  name: 'runc',
  needs: ['runc'],
  mountsProc: false,
  setsUlimits: true,
  refuses: () => undefined,
  plan: (launch) => {
    const { bundle, ...files } = ociBundle(launch, resourcesOf(launch));
    return {
      ...files,
      script: `
${forwardSignals('cat pid 2>/dev/null')}
started
runc --root="${bundle}/state" --log="$PWD/log" run --bundle="${bundle}" --pid-file="$PWD/pid" "lading-\${PWD##*/}" 2>&9 3<&- 4>&- 9>&-
${takeExitCode}
${notFoundOrFailed}
finish "$code"
`,
    };
  },
  cleanUp: removeCgroups,
};

/** runc makes cgroups of its own, beside those that the launcher is in, so that it has to be told the limits. Without root it cannot. */
function resourcesOf({ mapping, privileged, process: { limits = {}, mounts = [] } }: Launch): object | undefined {
  if (mapping !== 'none') return undefined;
  const { memoryBytes, cpus } = limits;
  const devices = privileged ? [{ allow: true, access: 'rwm' }] : mounts.flatMap(accessTo);
  const period = 100_000;
  return {
    ...(memoryBytes === undefined ? {} : { memory: { limit: memoryBytes } }),
    ...(cpus === undefined ? {} : { cpu: { quota: Math.round(cpus * period), period } }),
    ...(devices.length === 0 ? {} : { devices }),
  };
}

/** A device that the caller mounts can be used; the group would refuse any that runc does not know. */
function accessTo(mount: Mount): object[] {
  if (mount.kind !== undefined && mount.kind !== 'bind') return [];
  const stats = statSync(mount.source, { throwIfNoEntry: false });
  if (!stats?.isCharacterDevice() && !stats?.isBlockDevice()) return [];
  // makedev(3): the numbers lie interleaved.
  const number = BigInt(stats.rdev);
  const major = Number(((number >> 8n) & 0xfffn) | ((number >> 32n) & 0xfffff000n));
  const minor = Number((number & 0xffn) | ((number >> 12n) & 0xffffff00n));
  return [{ allow: true, type: stats.isBlockDevice() ? 'b' : 'c', major, minor, access: 'rwm' }];
}

/** runc insists on cgroups, one in each hierarchy, and cannot remove them when it is killed itself. */
async function removeCgroups(folder: string): Promise<void> {
  const root = '/sys/fs/cgroup';
  const hierarchies = await readdir(root).catch(() => []);
  for (const hierarchy of ['', ...hierarchies]) {
    await rmdir(join(root, hierarchy, `lading-${basename(folder)}`)).catch(() => undefined);
  }
}
