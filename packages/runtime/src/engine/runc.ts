import { readdir, rmdir } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { forwardSignals, takeExitCode } from '../internal/forward-signals.ts';
import { ociConfig } from '../internal/oci-config.ts';
import { type Engine, notFoundOrFailed } from './engine.ts';

/** The runc program over an OCI bundle: namespaces, capabilities, mounts and a seccomp filter. The process is pid 1. */
export const runcEngine: Engine = {
  name: 'runc',
  needs: ['runc'],
  mountsProc: false,
  refuses: () => undefined,
  plan: (launch) => ({
    files: { 'config.json': ociConfig(launch) },
    script: `
${forwardSignals('cat pid 2>/dev/null')}
started
runc --root="$PWD/state" --log="$PWD/log" run --bundle="$PWD" --pid-file="$PWD/pid" "lading-\${PWD##*/}" 2>&9 3<&- 4>&- 9>&-
${takeExitCode}
${notFoundOrFailed}
finish "$code"
`,
  }),
  cleanUp: removeCgroups,
};

/** runc insists on cgroups, one in each hierarchy, and cannot remove them when it is killed itself. */
async function removeCgroups(folder: string): Promise<void> {
  const root = '/sys/fs/cgroup';
  const hierarchies = await readdir(root).catch(() => []);
  for (const hierarchy of ['', ...hierarchies]) {
    await rmdir(join(root, hierarchy, `lading-${basename(folder)}`)).catch(() => undefined);
  }
}
