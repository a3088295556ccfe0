import { spawn } from 'node:child_process';
import { chmod, rm } from 'node:fs/promises';
import { extname, join } from 'node:path';
import type { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { type Bytes, type Io, toReadable } from '@lading/bytes';
import { codes, type ErrorCode, interrupted, LadingError, messageOf, throwIfAborted } from '@lading/errors';
import { readTar, type TarEntry } from '@lading/tar';
import type { IdMapping } from '../engine/engine.ts';
import type { AgentRequest } from './agent-request.ts';
import * as layerWork from './layer-work.ts';
import { asRoot } from './namespaces.ts';
import { helperEnvironment, killGroup, runHelper } from './program.ts';

/** `layerWork.unpack()` as root of the mapping. */
export async function unpackAsRoot(
  tar: Bytes,
  directory: string,
  below: readonly string[],
  mapping: IdMapping,
  io: Io,
): Promise<void> {
  if (mapping === 'none') return layerWork.unpack(tar, directory, below, mapping, io);
  const agent = startAgent({ verb: 'unpack', directory, below, mapping }, mapping, io);
  try {
    await pipeline(toReadable(tar), agent.stdin);
  } catch (error) {
    // When the agent gave up, its reason is the better one; else the source broke, and the agent must not take that for the end.
    if (!isBrokenPipe(error)) {
      agent.kill();
      await agent.ended.catch(() => undefined);
      throw error;
    }
  }
  await agent.ended;
}

/** `layerWork.scan()` as root of the mapping. */
export async function* scanAsRoot(
  directory: string,
  mapping: IdMapping,
  epoch: number,
  io: Io,
): AsyncGenerator<TarEntry> {
  if (mapping === 'none') return yield* layerWork.scan(directory, epoch, io);
  const agent = startAgent({ verb: 'scan', directory, epoch }, mapping, io);
  let whole = false;
  try {
    agent.stdin.end();
    yield* readTar(agent.stdout, io);
    whole = true;
    await agent.ended;
  } catch (error) {
    // A cut-off archive is only the symptom of what the agent ran into.
    agent.stdout.destroy();
    if (!whole) await agent.ended;
    throw error;
  } finally {
    agent.kill();
    await agent.ended.catch(() => undefined);
  }
}

/** `layerWork.clampTimes()` as root of the mapping. */
export async function clampTimesAsRoot(directory: string, mapping: IdMapping, epoch: number, io: Io): Promise<void> {
  if (mapping === 'none') return layerWork.clampTimes(directory, epoch);
  const agent = startAgent({ verb: 'clamp', directory, epoch }, mapping, io);
  agent.stdin.end();
  agent.stdout.resume();
  await agent.ended;
}

/** `layerWork.removeMatching()` as root of the mapping. */
export async function removeMatchingAsRoot(
  directory: string,
  mapping: IdMapping,
  patterns: readonly string[],
  io: Io,
): Promise<void> {
  if (mapping === 'none') return layerWork.removeMatching(directory, patterns);
  const agent = startAgent({ verb: 'remove', directory, patterns }, mapping, io);
  agent.stdin.end();
  agent.stdout.resume();
  await agent.ended;
}

/** Removes a folder with everything in it, whoever of the mapping owns it. An absent one is fine. */
export async function removeAsRoot(path: string, mapping: IdMapping): Promise<void> {
  if (mapping !== 'none') {
    // A folder without permissions stops even its owner, who is root only inside.
    const outcome = await runHelper([...asRoot(mapping), 'rm', '-rf', '--', path]);
    if (outcome.code === 0) return;
    await chmod(path, 0o700).catch(() => undefined);
  }
  await rm(path, { recursive: true, force: true });
}

interface Agent {
  readonly stdin: NodeJS.WritableStream;
  readonly stdout: Readable;
  readonly ended: Promise<void>;
  kill(): void;
}

const program = join(import.meta.dirname, `agent${extname(import.meta.filename)}`);

function startAgent(request: AgentRequest, mapping: IdMapping, io: Io): Agent {
  throwIfAborted(io.signal);
  const [file = '', ...args] = [...asRoot(mapping), process.execPath, program, JSON.stringify(request)];
  const child = spawn(file, args, { env: helperEnvironment, detached: true, stdio: ['pipe', 'pipe', 'pipe', 'pipe'] });
  const kill = () => killGroup(child);
  io.signal?.addEventListener('abort', kill, { once: true });
  const complaint = textOf(child.stderr);
  const failure = textOf(child.stdio[3] as Readable);
  const ended = new Promise<void>((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (code) => {
      io.signal?.removeEventListener('abort', kill);
      if (code === 0) resolve();
      else if (io.signal?.aborted) reject(interrupted(io.signal));
      else reject(errorFrom(failure(), complaint()));
    });
  });
  ended.catch(() => undefined); // observed by whoever reads or writes
  return { stdin: child.stdin, stdout: child.stdout, ended, kill };
}

function errorFrom(failure: string, complaint: string): LadingError {
  try {
    const { code, message, hint, details } = JSON.parse(failure) as {
      code: string;
      message: string;
      hint?: string;
      details?: Record<string, unknown>;
    };
    return new LadingError(code in codes ? (code as ErrorCode) : 'RUNTIME_FAILED', message, { hint, details });
  } catch (error) {
    const lines = complaint.trim().split('\n').slice(-3).join('; ');
    return new LadingError(
      'RUNTIME_FAILED',
      `Work on a layer in the user namespace stopped: ${lines || messageOf(error)}`,
    );
  }
}

function textOf(stream: Readable): () => string {
  let text = '';
  stream.on('data', (chunk: Buffer) => {
    text = (text + chunk.toString()).slice(-65536);
  });
  stream.on('error', () => undefined);
  return () => text;
}

function isBrokenPipe(error: unknown): boolean {
  const code = (error as NodeJS.ErrnoException).code;
  return code === 'EPIPE' || code === 'ERR_STREAM_PREMATURE_CLOSE' || code === 'ECONNRESET';
}
