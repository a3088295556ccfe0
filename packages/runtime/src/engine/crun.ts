import { forwardSignals, takeExitCode } from '../internal/forward-signals.ts';
import { ociBundle } from '../internal/oci-config.ts';
import { type Engine, notFoundOrFailed } from './engine.ts';

/** The crun program over an OCI bundle: namespaces, capabilities, mounts and a seccomp filter. The process is pid 1. */
export const crunEngine: Engine = {
  name: 'crun',
  needs: ['crun'],
  mountsProc: false,
  // It refuses machines that have both versions of cgroups unless it does not see them; it has no business with them here.
  hidesCgroups: true,
  setsUlimits: true,
  refuses: () => undefined,
  plan: (launch) => {
    const { bundle, ...files } = ociBundle(launch);
    return {
      ...files,
      script: `
${forwardSignals('cat pid 2>/dev/null')}
started
crun --root="${bundle}/state" --cgroup-manager=disabled --log="$PWD/log" run --bundle="${bundle}" --pid-file="$PWD/pid" "lading-\${PWD##*/}" 2>&9 3<&- 4>&- 9>&-
${takeExitCode}
${notFoundOrFailed}
finish "$code"
`,
    };
  },
};
