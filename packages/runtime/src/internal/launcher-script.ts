import type { Engine, EnginePlan } from '../engine/engine.ts';
import type { ProcessSpec, Ulimit } from '../process.ts';
import { quote } from './shell.ts';

export interface ScriptParts {
  readonly engine: Engine;
  readonly plan: EnginePlan;
  readonly process: ProcessSpec;
  readonly hostname: string;
  /** Mounts what the caller asked for. */
  readonly mounts: string;
  /** Whether this process has something to do to the launcher before anything else: a cgroup, a network. */
  readonly waits: boolean;
  /** Limits of each process. */
  readonly ulimits: readonly Ulimit[];
}

/**
 * What the launcher does (POSIX sh), as pid 1 of its namespaces and in the run folder: it says `lading: waiting` and waits for `go`, mounts,
 * and runs the engine. File descriptors: 3 control, 4 report, 5 the contents of file mounts, 9 the process's stderr.
 */
export function launcherScript({ engine, plan, process, hostname, mounts, waits, ulimits }: ScriptParts): string {
  return `exec 9>&2 2>&4
started() { echo 'lading: started' >&4; }
finish() { echo "lading: exit $1" >&4; exit 0; }
umask 022
${waits ? waitForGo : ''}hostname ${quote(hostname)} || exit 1
${process.network === 'none' ? '{ ip link set lo up || ifconfig lo up; } 2>/dev/null\n' : ''}mount -n -a -T base && cp -a dev/. root/dev/ && mount -n -a -T inside || exit 1
${mounts}exec 5<&-
${engine.setsUlimits || ulimits.length === 0 ? '' : `prlimit --pid $$ ${ulimits.map(prlimitOption).join(' ')} || exit 1\n`}${plan.script}`;
}

const waitForGo = `echo 'lading: waiting' >&4
read -r go <&3 && [ "$go" = go ] || exit 1
`;

function prlimitOption({ name, soft, hard }: Ulimit): string {
  return quote(`--${name}=${soft}:${hard}`);
}
