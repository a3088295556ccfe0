import { type ChildProcess, spawn } from 'node:child_process';
import { accessSync, constants } from 'node:fs';
import type { Readable } from 'node:stream';
import { LadingError } from '@lading/errors';
import type { ProcessSpec } from '../process.ts';
import { findProgram, helperEnvironment } from './program.ts';

// A network of its own is a namespace with one interface, whose packets a program in user mode carries: slirp4netns(1). It needs no
// rights, and what runs inside reaches other machines, but no port of this one.

const program = 'slirp4netns';
/** The addresses that slirp4netns gives inside, where it is not told otherwise. */
const slirp = { gateway: '10.0.2.2', nameserver: '10.0.2.3' };

/** Whether a container can have a network of its own that reaches out: slirp4netns and /dev/net/tun are there. */
export function canIsolateNetwork(): boolean {
  try {
    accessSync('/dev/net/tun', constants.R_OK | constants.W_OK);
    return findProgram(program) !== undefined;
  } catch {
    return false;
  }
}

/** Where this machine is reached from inside. */
export function gatewayOf(network: ProcessSpec['network']): string {
  return network === 'private' ? slirp.gateway : '127.0.0.1';
}

export function nameserverOf(_network: 'private'): string {
  return slirp.nameserver;
}

/**
 * Connects the network namespace of a process; resolves when packets flow. The helper ends when the returned function is called
 * and when this process dies. Throws RUNTIME_FAILED with what the helper says.
 */
export async function connectNetwork(pid: number, reachesHost: boolean): Promise<() => void> {
  const options = ['--configure', '--mtu=65520', ...(reachesHost ? [] : ['--disable-host-loopback'])];
  const child = spawn(program, [...options, '--ready-fd=3', '--exit-fd=4', String(pid), 'tap0'], {
    env: helperEnvironment,
    detached: true,
    stdio: ['ignore', 'ignore', 'pipe', 'pipe', 'pipe'],
  });
  try {
    await ready(child);
  } catch (error) {
    child.kill('SIGKILL');
    throw error;
  }
  child.unref();
  for (const stream of child.stdio) (stream as { unref?: () => void } | null)?.unref?.();
  return () => child.kill('SIGTERM');
}

function ready(child: ChildProcess): Promise<void> {
  let complaint = '';
  child.stderr?.on('data', (chunk: Buffer) => {
    complaint = (complaint + chunk.toString()).slice(-4096);
  });
  return new Promise((resolve, reject) => {
    (child.stdio[3] as Readable).once('data', () => resolve());
    child.once('error', reject);
    child.once('close', (code) => {
      const reason = complaint.trim().split('\n').at(-1) || `it ended with ${code}`;
      reject(
        new LadingError('RUNTIME_FAILED', `${program} cannot connect the network of the container: ${reason}`, {
          hint: 'The network of this machine (host) needs no helper.',
        }),
      );
    });
  });
}
