import type { Bytes } from '@lading/bytes';
import type { Secret } from '@lading/errors';
import type { Mount } from './mount.ts';

/** Numeric ids as the container sees them; `resolveUser()` makes them from names. */
export interface ProcessUser {
  readonly uid: number;
  readonly gid: number;
  readonly additionalGids?: readonly number[];
}

/** Where output goes: each chunk to a function, or straight to the stream of this process. */
export type OutputSink = ((chunk: Uint8Array) => void) | 'inherit';

/** One process and the container it runs in. Everything that is left out has the default of `docker run`, but for the network. */
export interface ProcessSpec {
  /** The program and its arguments, not empty. A program without a slash is looked up in the PATH of `env`. */
  readonly argv: readonly string[];
  /** The whole environment: nothing is inherited. As `NAME=value` strings in order, or as a record. */
  readonly env?: readonly string[] | Readonly<Record<string, string>>;
  /** More variables, which stand in no file of this machine and in no list of processes but the container's. Names are those of a shell. */
  readonly secretEnv?: Readonly<Record<string, Secret>> | undefined;
  /** An absolute path that exists in the container. Default `/`. */
  readonly cwd?: string;
  /** Default root. */
  readonly user?: ProcessUser;
  /** The process talks to the terminal of this process: job control, window size. Needs `stdin: 'inherit'` on a terminal. */
  readonly terminal?: boolean;
  /** Default `none`: an empty stdin. */
  readonly stdin?: 'inherit' | 'none' | Bytes;
  /** Default: dropped. */
  readonly stdout?: OutputSink;
  readonly stderr?: OutputSink;
  /**
   * `host`: the network of this machine. `none`: a loopback interface of its own and nothing else. `private`: a network of its own
   * that reaches out through a helper program; only where `canIsolateNetwork()`.
   */
  readonly network: 'host' | 'none' | 'private';
  /** Lines of /etc/hosts besides those of localhost. The address `host-gateway` stands for this machine. */
  readonly extraHosts?: readonly ExtraHost[] | undefined;
  /** Default `lading`, the same everywhere, so that equal steps see equal names. */
  readonly hostname?: string;
  readonly readOnlyRoot?: boolean;
  readonly mounts?: readonly Mount[];
  /** Default `defaultCapabilities`. */
  readonly capabilities?: readonly string[];
  /** Default false: setuid programs work, as they do in `docker build`. */
  readonly noNewPrivileges?: boolean;
  /** Takes the walls down but for the namespaces: every capability, all of /proc and /sys, device nodes, no seccomp filter. Default false. */
  readonly privileged?: boolean | undefined;
  readonly limits?: ProcessLimits | undefined;
  /** Told, in a sentence, of what was asked for and this machine does not have. */
  readonly notice?: ((text: string) => void) | undefined;
  /** How long a process may take to end after SIGTERM before it is killed, when the call is cancelled. Default 2000. */
  readonly graceMs?: number;
}

export interface ExtraHost {
  readonly name: string;
  /** IPv4 or IPv6, or `host-gateway`. */
  readonly address: string;
}

/** What a container may use. None of it changes what a program computes, only whether it can. */
export interface ProcessLimits {
  /** Bytes for all processes together, by a cgroup; where none can be made, address space of each process, with a notice. */
  readonly memoryBytes?: number | undefined;
  /** Processors, such as 1.5, by a cgroup; where none can be made there is no limit, and a notice. */
  readonly cpus?: number | undefined;
  /** Bytes of /dev/shm. Default 64 MiB. */
  readonly shmBytes?: number | undefined;
  /** Limits of each process (setrlimit(2)), not above the hard ones of this process unless it is root. */
  readonly ulimits?: readonly Ulimit[] | undefined;
}

export interface Ulimit {
  /** As docker and prlimit(1) name it: `nofile`, `nproc`, `core`, … */
  readonly name: string;
  readonly soft: number | 'unlimited';
  readonly hard: number | 'unlimited';
}

/** How a process ended. */
export interface ExitStatus {
  /** 0 to 255; 128 + n when signal n ended it, 127 when the program does not exist, 126 when it cannot be executed. */
  readonly code: number;
  /** `SIGTERM`; set when `code` is 128 + a signal. */
  readonly signal?: string;
}

/** A process that was started. */
export interface RunningProcess {
  /** Settles when the process has ended and nothing of its container is left. Rejects with INTERRUPTED or RUNTIME_FAILED. */
  readonly exited: Promise<ExitStatus>;
  /** Sends a signal to the process. After its end: does nothing. */
  kill(signal: NodeJS.Signals): void;
}

/** The PATH of a process whose image says nothing of it, as Docker has it. */
export const defaultPath = '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin';

/** The environment as `NAME=value` strings. What has no name is left out: to programs that set variables it would be a command. */
export function environmentOf(env: ProcessSpec['env'] = []): readonly string[] {
  const entries = Array.isArray(env)
    ? (env as readonly string[])
    : Object.entries(env).map(([name, value]) => `${name}=${value}`);
  return entries.filter((entry) => entry.indexOf('=') > 0);
}
