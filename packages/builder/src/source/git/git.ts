import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { devNull } from 'node:os';
import type { Bytes, Io } from '@lading/bytes';
import { collect } from '@lading/bytes';
import { interrupted, LadingError, redact, type Secret, throwIfAborted } from '@lading/errors';

/** What git may use of the machine and of the request, besides the network. */
export interface GitAccess {
  /** The value of an Authorization header, for one origin such as `https://git.example.org`. */
  readonly authorization?: { readonly origin: string; readonly header: Secret } | undefined;
  /** Whether `file:` addresses may be read. */
  readonly local?: boolean | undefined;
  /** The socket of an ssh agent. */
  readonly sshAgent?: string | undefined;
}

export interface GitOptions extends Io {
  /** The bare repository. */
  readonly repository: string;
  readonly access?: GitAccess | undefined;
  readonly env?: Readonly<Record<string, string>> | undefined;
  readonly input?: string | undefined;
}

/** How the program failed: callers tell by its words what that means. */
export class GitFailure extends Error {
  readonly complaint: string;

  constructor(complaint: string) {
    super(complaint);
    this.complaint = complaint;
  }
}

const maxTextBytes = 64 << 20;

/** Runs git and gives what it prints. Throws GitFailure, INTERRUPTED, and BUILD_UNSUPPORTED when there is no git. */
export async function git(args: readonly string[], options: GitOptions): Promise<string> {
  const what = `what git ${args[0]} prints`;
  return (await collect(gitBytes(args, options), { maxBytes: maxTextBytes, what })).toString('utf8');
}

/** What git prints, as it comes. The process is gone when the iteration ends in whatever way. */
export async function* gitBytes(
  args: readonly string[],
  options: GitOptions,
): AsyncGenerator<Uint8Array, void, undefined> {
  throwIfAborted(options.signal);
  const child = spawn('git', ['--git-dir', options.repository, ...settings, ...args], {
    cwd: options.repository,
    env: { ...environmentOf(options.access), ...options.env },
    stdio: ['pipe', 'pipe', 'pipe'],
    // A group of its own, so that what it starts (ssh, a transport) ends with it.
    detached: true,
  });
  const exit = once(child, 'close');
  exit.catch(() => {}); // awaited below; until then a failure to start must not be unhandled
  let complaint = '';
  child.stderr.on('data', (chunk: Buffer) => {
    complaint = (complaint + chunk.toString()).slice(-4000);
  });
  child.stdin.on('error', () => {});
  child.stdin.end(options.input ?? '');
  const stop = (): void => kill(child);
  options.signal?.addEventListener('abort', stop, { once: true });
  let ended = false;
  try {
    yield* child.stdout as Bytes; // no encoding is set: chunks are buffers
    const [code] = await exit.catch((cause: unknown) => {
      throw absent(cause);
    });
    ended = true;
    if (options.signal?.aborted) throw interrupted(options.signal);
    if (code !== 0) throw new GitFailure(redact(complaint.trim()) || `git ended with ${code}`);
  } finally {
    options.signal?.removeEventListener('abort', stop);
    if (!ended) {
      stop();
      await exit.catch(() => {});
    }
  }
}

/**
 * Nothing of the machine's own settings counts: no hooks, no credential helpers, no rewriting of addresses, no file system monitor. They
 * stand in front of everything that a repository could say.
 */
const settings: readonly string[] = [
  'core.hooksPath=/dev/null',
  'core.fsmonitor=false',
  'core.askPass=',
  'credential.helper=',
  'gc.auto=0',
  'maintenance.auto=false',
  'http.lowSpeedLimit=1000',
  'http.lowSpeedTime=60',
  'pack.threads=1',
  'advice.detachedHead=false',
  'safe.directory=*',
].flatMap((setting) => ['-c', setting]);

const kept = [
  ...['PATH', 'TMPDIR', 'SSL_CERT_FILE', 'SSL_CERT_DIR', 'GIT_SSL_CAINFO', 'GIT_SSL_CAPATH'],
  ...['http_proxy', 'https_proxy', 'HTTPS_PROXY', 'no_proxy', 'NO_PROXY', 'all_proxy', 'ALL_PROXY'],
];

/** Keys come from the agent of the request alone: those of whoever builds are not for what a Dockerfile names. Known hosts are theirs. */
export const sshCommand: string = 'ssh -F /dev/null -oIdentityFile=none -oBatchMode=yes -oConnectTimeout=30';

function environmentOf(access: GitAccess = {}): NodeJS.ProcessEnv {
  const env: NodeJS.ProcessEnv = Object.fromEntries(kept.map((name) => [name, process.env[name]]));
  const { authorization, sshAgent } = access;
  return {
    ...env,
    LC_ALL: 'C',
    HOME: devNull,
    GIT_CONFIG_NOSYSTEM: '1',
    GIT_CONFIG_GLOBAL: devNull,
    GIT_ATTR_NOSYSTEM: '1',
    GIT_TERMINAL_PROMPT: '0',
    GIT_NO_REPLACE_OBJECTS: '1',
    GIT_ALLOW_PROTOCOL: `http:https:git:ssh${access.local === true ? ':file' : ''}`,
    GIT_SSH_COMMAND: sshCommand,
    ...(sshAgent === undefined ? {} : { SSH_AUTH_SOCK: sshAgent }),
    // Not among the arguments, which every process of the machine can read.
    ...(authorization === undefined
      ? {}
      : {
          GIT_CONFIG_COUNT: '2',
          GIT_CONFIG_KEY_0: `http.${authorization.origin}/.extraHeader`,
          GIT_CONFIG_VALUE_0: `Authorization: ${authorization.header.reveal()}`,
          // After a redirect git sends the header to the host that it was redirected to.
          GIT_CONFIG_KEY_1: 'http.followRedirects',
          GIT_CONFIG_VALUE_1: 'false',
        }),
  };
}

function kill({ pid }: ChildProcess): void {
  if (pid === undefined) return;
  try {
    process.kill(-pid, 'SIGKILL');
  } catch {
    // It has ended.
  }
}

function absent(cause: unknown): unknown {
  if ((cause as NodeJS.ErrnoException).code !== 'ENOENT') return cause;
  return new LadingError('BUILD_UNSUPPORTED', 'Cannot read a git repository: the program git is not installed', {
    hint: 'Install git on the machine that builds.',
    cause,
  });
}
