import { spawn } from 'node:child_process';
import { mkdtemp, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Duplex } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Io } from '@lading/bytes';
import { LadingError, messageOf, throwIfAborted } from '@lading/errors';
import { connectForSigning } from './ssh-agent-connection.ts';

/** An agent's socket, or private keys; none: the agent that SSH_AUTH_SOCK names. */
export interface SshSource {
  readonly paths: readonly string[];
}

/** What steps of a build talk to. */
export interface SshAgent {
  connect(): Duplex;
  /** Ends an agent that was started for keys. Does not throw. */
  close(): Promise<void>;
}

/** Throws BUILD_INVALID when there is no agent, FILE_NOT_FOUND, RUNTIME_UNAVAILABLE where keys need programs that are not installed. */
export async function openSshAgent(id: string, { paths }: SshSource, io: Io = {}): Promise<SshAgent> {
  const [first = process.env.SSH_AUTH_SOCK, ...others] = paths;
  if (first === undefined || first === '') {
    throw new LadingError('BUILD_INVALID', `Cannot forward the ssh agent ${id}: SSH_AUTH_SOCK is not set`, {
      hint: 'Start an agent (eval $(ssh-agent); ssh-add), or give --ssh a socket or keys: --ssh default=PATH.',
    });
  }
  const kinds = await Promise.all([first, ...others].map((path) => kindOf(id, path)));
  if (kinds.every((kind) => kind === 'key')) return startAgent(id, [first, ...others], io);
  if (others.length > 0) throw new LadingError('USAGE', `Cannot forward ${id}: give one socket, or one or more keys`);
  return { connect: () => connectForSigning(first), close: async () => {} };
}

async function kindOf(id: string, path: string): Promise<'socket' | 'key'> {
  try {
    return (await stat(path)).isSocket() ? 'socket' : 'key';
  } catch (cause) {
    throw new LadingError('FILE_NOT_FOUND', `Cannot forward the ssh agent ${id}: ${path} is not there`, { cause });
  }
}

/** An agent with some keys, for as long as this process lives. */
async function startAgent(id: string, keys: readonly string[], io: Io): Promise<SshAgent> {
  const folder = await mkdtemp(join(tmpdir(), 'lading-ssh-'));
  const socket = join(folder, 'agent');
  // The shell ends the agent when its stdin ends: at the latest with this process.
  const script = 'ssh-agent -D -a "$1/agent" >/dev/null & cat >/dev/null; kill $!; rm -rf "$1"';
  const agent = spawn('sh', ['-c', script, 'sh', folder], { stdio: ['pipe', 'ignore', 'ignore'], detached: true });
  const ended = new Promise<void>((resolve) => {
    agent.once('close', () => resolve());
    agent.once('error', () => resolve());
  });
  const close = async () => {
    agent.stdin.on('error', () => {}).end();
    await ended;
    await rm(folder, { recursive: true, force: true }); // where there is no shell
  };
  try {
    await untilThere(socket, io);
    await addKeys(id, keys, socket, io);
  } catch (error) {
    await close();
    throw error;
  }
  return { connect: () => connectForSigning(socket), close };
}

async function untilThere(socket: string, io: Io): Promise<void> {
  for (let tries = 0; tries < 250; tries++) {
    if (
      await stat(socket).then(
        () => true,
        () => false,
      )
    )
      return;
    throwIfAborted(io.signal);
    await sleep(20);
  }
  throw new LadingError('RUNTIME_UNAVAILABLE', 'Cannot forward keys: ssh-agent did not start', {
    hint: 'Install the OpenSSH client, or forward the socket of a running agent.',
  });
}

async function addKeys(id: string, keys: readonly string[], socket: string, io: Io): Promise<void> {
  const env = { ...process.env, SSH_AUTH_SOCK: socket, SSH_ASKPASS_REQUIRE: 'never' };
  const child = spawn('ssh-add', ['-q', '--', ...keys], {
    env,
    stdio: ['ignore', 'ignore', 'pipe'],
    signal: io.signal,
    detached: true,
  });
  let complaint = '';
  child.stderr.on('data', (chunk: Buffer) => {
    complaint = (complaint + chunk.toString()).slice(-4096);
  });
  const code = await new Promise<number | string>((resolve) => {
    child.once('error', (error) => resolve(messageOf(error)));
    child.once('close', (status) => resolve(status ?? 'killed'));
  });
  if (code === 0) return;
  throw new LadingError(
    'BUILD_INVALID',
    `Cannot forward the keys of ${id}: ${complaint.trim() || `ssh-add: ${code}`}`,
    {
      hint: 'A key with a passphrase has to be in an agent that is asked for it: forward that one.',
    },
  );
}
