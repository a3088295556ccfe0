import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { findProgram, runDockerRegistry } from '@lading/testkit';

/** A registry that is measured: a process of its own on a loopback port. */
export interface BenchRegistry {
  readonly name: 'lading' | 'docker-registry';
  /** `127.0.0.1:port` */
  readonly host: string;
  readonly pid: number;
  /** Deletes all blobs behind its back, so that the next push has to bring them again and the disk does not fill. */
  forgetBlobs(): Promise<void>;
  stop(): Promise<void>;
}

/** Ours, and Debian's where it is installed. */
export async function startRegistries(lading: string, folder: string): Promise<BenchRegistry[]> {
  const registries = [await startLading(lading, folder)];
  const program = findProgram('docker-registry');
  if (program === undefined) return registries;
  try {
    const { host, pid, folder: data, stop: stopProgram } = await runDockerRegistry(program, { quiet: true });
    const release = endWithUs(pid);
    const stop = async (): Promise<void> => {
      release();
      await stopProgram();
    };
    const blobs = join(data, 'data/docker/registry/v2/blobs/sha256');
    registries.push({ name: 'docker-registry', host, pid, stop, forgetBlobs: () => empty(blobs) });
    return registries;
  } catch (error) {
    await Promise.all(registries.map((registry) => registry.stop()));
    throw error;
  }
}

async function startLading(lading: string, folder: string): Promise<BenchRegistry> {
  const root = join(folder, 'registry');
  await mkdir(root, { recursive: true });
  const args = ['serve', '--listen', '127.0.0.1:0', '--log', 'none', '--root', root];
  const child = spawn(lading, args, { stdio: ['ignore', 'pipe', 'inherit'] });
  const release = child.pid === undefined ? () => {} : endWithUs(child.pid);
  const stop = async (): Promise<void> => {
    release();
    if (child.pid === undefined || child.exitCode !== null || child.signalCode !== null) return;
    const ended = once(child, 'exit');
    child.kill('SIGTERM');
    const timer = setTimeout(() => child.kill('SIGKILL'), 10_000);
    await ended;
    clearTimeout(timer);
  };
  try {
    const host = await new Promise<string>((resolve, reject) => {
      let output = '';
      child.stdout.on('data', (chunk: Buffer) => {
        output += chunk;
        const found = /(127\.0\.0\.1:\d+)/.exec(output)?.[1];
        if (found !== undefined) resolve(found);
      });
      child.once('error', reject);
      child.once('exit', (code) => reject(new Error(`lading serve ended with ${code}: ${output}`)));
      setTimeout(() => reject(new Error(`lading serve did not listen within 15 s: ${output}`)), 15_000).unref();
    });
    const blobs = join(root, 'content/blobs/sha256');
    return { name: 'lading', host, pid: child.pid as number, stop, forgetBlobs: () => empty(blobs) };
  } catch (error) {
    await stop();
    throw error;
  }
}

/** Ends the process also when we are interrupted. Gives what takes that back, for when its id may become another's. */
function endWithUs(pid: number): () => void {
  const end = (): void => {
    try {
      process.kill(pid, 'SIGKILL');
    } catch {}
  };
  process.once('exit', end);
  return () => process.removeListener('exit', end);
}

async function empty(folder: string): Promise<void> {
  const names = await readdir(folder).catch(() => []);
  await Promise.all(names.map((name) => rm(join(folder, name), { recursive: true, force: true })));
}
