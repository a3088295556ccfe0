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
runc --root="$PWD/state" --log="$PWD/log" run --bundle="$PWD" --pid-file="$PWD/pid" "lading-$$-\${PWD##*/}" 2>&9 3<&- 4>&- 9>&-
${takeExitCode}
${notFoundOrFailed}
finish "$code"
`,
  }),
};
