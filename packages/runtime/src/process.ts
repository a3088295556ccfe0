import type { Bytes } from '@lading/bytes';

/** Numeric ids as the container sees them; `resolveUser()` makes them from names. */
export interface ProcessUser {
  readonly uid: number;
  readonly gid: number;
  readonly additionalGids?: readonly number[];
}

/** A file or folder of this machine that appears inside the container. */
export interface BindMount {
  /** An absolute path on this machine; symlinks are followed. */
  readonly source: string;
  /** An absolute path in the container; symlinks are followed inside the container's file system only. Need not exist: it leaves no trace. */
  readonly target: string;
  /** Default false. */
  readonly readOnly?: boolean;
}

/** Where output goes: each chunk to a function, or straight to the stream of this process. */
export type OutputSink = ((chunk: Uint8Array) => void) | 'inherit';

/** One process and the container it runs in. Everything that is left out has the default of `docker run`, but for the network. */
export interface ProcessSpec {
  /** The program and its arguments, not empty. A program without a slash is looked up in the PATH of `env`. */
  readonly argv: readonly string[];
  /** The whole environment: nothing is inherited. As `NAME=value` strings in order, or as a record. */
  readonly env?: readonly string[] | Readonly<Record<string, string>>;
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
  /** `host`: the network of this machine. `none`: a loopback interface of its own and nothing else. */
  readonly network: 'host' | 'none';
  /** Default `lading`, the same everywhere, so that equal steps see equal names. */
  readonly hostname?: string;
  readonly readOnlyRoot?: boolean;
  readonly mounts?: readonly BindMount[];
  /** Default `defaultCapabilities`. */
  readonly capabilities?: readonly string[];
  /** Default false: setuid programs work, as they do in `docker build`. */
  readonly noNewPrivileges?: boolean;
  readonly limits?: {
    /** Open files, soft and hard; not above the hard limit of this process. */ readonly openFiles?: number;
  };
  /** How long a process may take to end after SIGTERM before it is killed, when the call is cancelled. Default 2000. */
  readonly graceMs?: number;
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

/** The environment as `NAME=value` strings. */
export function environmentOf(env: ProcessSpec['env']): readonly string[] {
  if (env === undefined) return [];
  if (Array.isArray(env)) return env as readonly string[];
  return Object.entries(env).map(([name, value]) => `${name}=${value}`);
}
