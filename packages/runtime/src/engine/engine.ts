import type { ProcessSpec, Ulimit } from '../process.ts';

export type EngineName = 'crun' | 'runc' | 'unshare' | 'bubblewrap';

/** How container ids map to this machine's. */
export type IdMapping =
  | 'none' // root of this machine: ids are the same
  | 'range' // a user namespace: root is the caller, the others come from subordinate ids
  | 'single'; // a user namespace with root only

/** What an engine is given: a process, and a root file system that is mounted and complete but for /proc. */
export interface Launch {
  readonly process: ProcessSpec;
  /** Of the environment; they may stand in `EnginePlan.secretFiles` and nowhere else. */
  readonly secretEnv: readonly (readonly [name: string, value: string])[];
  readonly ulimits: readonly Ulimit[];
  readonly mapping: IdMapping;
  readonly hostname: string;
  readonly capabilities: readonly string[];
  /** No seccomp filter, and nothing of /proc covered. */
  readonly privileged: boolean;
  /** The absolute path of the run folder, which holds `root`, the mounted root file system. */
  readonly folder: string;
  /** Paths of programs by name. */
  readonly programs: Readonly<Record<string, string>>;
}

/** What an engine answers: text that goes to the run folder. */
export interface EnginePlan {
  /** Files beside the script, by name. */
  readonly files?: Readonly<Record<string, string | Uint8Array>> | undefined;
  /** Files in memory, in the folder `private` of the run folder, which is there only when there are some. */
  readonly secretFiles?: Readonly<Record<string, string>> | undefined;
  /**
   * The part of the launcher's script (POSIX sh) that runs the process. It executes as pid 1 of a pid namespace, in the run
   * folder, with file descriptors 3 (signals, a line `NAME NUMBER` each; its end asks to kill everything), 4 (status lines and
   * complaints) and 9 (the process's stderr). It calls `started` when the process is about to run and `finish CODE` when it ended;
   * leaving in any other way means that the container could not be set up. The process must not inherit 3, 4 and 9.
   */
  readonly script: string;
}

/** One way to put a process behind walls. */
export interface Engine {
  readonly name: EngineName;
  /** Programs that must be there. */
  readonly needs: readonly string[];
  /** True when the launcher mounts /proc into the root file system; false when the engine mounts its own. */
  readonly mountsProc: boolean;
  /** Whether it is to see an empty folder in place of this machine's cgroups. */
  readonly hidesCgroups?: boolean;
  /** False when the launcher sets the limits of the process on itself. */
  readonly setsUlimits: boolean;
  /** Why this engine cannot run the process; undefined when it can. */
  refuses(process: ProcessSpec): string | undefined;
  plan(launch: Launch): EnginePlan;
  /** Removes what the engine may leave outside the run folder when it is killed. Does not throw. */
  cleanUp?(folder: string): Promise<void>;
}

/**
 * The end of a script over an OCI runtime, which tells its own failures in the file `log` and on stderr: a program that does not exist or
 * cannot be executed becomes the exit code that a shell would give, everything else a failure of the set-up.
 */
export const notFoundOrFailed = `
if [ "$code" != 0 ] && [ ! -s killed ] && grep -q . log 2>/dev/null; then
  if grep -q -i -e 'executable file' -e 'exec.*no such file' log; then
    if grep -q -i 'permission denied' log; then code=126; else code=127; fi
  elif grep -q -i 'exec.*permission denied' log; then
    code=126
  elif [ ! -s pid ]; then
    cat log >&4
    exit 1
  fi
fi
`;
