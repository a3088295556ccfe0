import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process';
import { once } from 'node:events';
import type { Bytes, Io } from '@lading/bytes';
import { interrupted, throwIfAborted } from '@lading/errors';

const installed = new Map<string, Promise<boolean>>();

/** Whether a program can be started; asked once in the life of the process. */
export function isInstalled(program: string): Promise<boolean> {
  let answer = installed.get(program);
  if (answer === undefined) {
    answer = new Promise((resolve) => {
      const child = spawn(program, ['--version'], { stdio: 'ignore' });
      child.on('error', () => resolve(false));
      child.on('exit', (code) => resolve(code === 0));
    });
    installed.set(program, answer);
  }
  return answer;
}

/**
 * What a program makes of bytes, `PROGRAM -dc`, beside this process. It is gone when the iteration ends in whatever way.
 * Throws what `damaged` makes of its complaint, what the source throws, INTERRUPTED.
 */
export async function* withProgram(
  bytes: Bytes,
  program: string,
  damaged: (complaint: string) => Error,
  io: Io,
): AsyncGenerator<Uint8Array, void, undefined> {
  throwIfAborted(io.signal);
  const child = spawn(program, ['-dc'], { stdio: ['pipe', 'pipe', 'pipe'] });
  const exit = once(child, 'close');
  exit.catch(() => {}); // awaited below; until then a failure to start must not be unhandled
  let complaint = '';
  child.stderr.on('data', (chunk: Buffer) => {
    if (complaint.length < 1000) complaint += chunk.toString();
  });
  child.stdin.on('error', () => {});
  const feeding = feed(child, bytes, io);
  let ended = false;
  try {
    for await (const chunk of child.stdout) {
      throwIfAborted(io.signal);
      yield chunk as Uint8Array; // no encoding is set: chunks are buffers
    }
    const [code] = await exit;
    const sourceError = await feeding;
    ended = true;
    if (io.signal?.aborted) throw interrupted(io.signal);
    if (sourceError !== undefined) throw sourceError;
    if (code !== 0) throw damaged(complaint.trim().replace(/^.*?\(stdin\): /, '') || `the program ended with ${code}`);
  } finally {
    if (!ended) {
      child.kill('SIGKILL');
      await exit.catch(() => {});
      await feeding;
    }
  }
}

/** Gives what the source threw. The program stops reading when it finds damage: that EPIPE is not the news. */
async function feed(child: ChildProcessWithoutNullStreams, bytes: Bytes, io: Io): Promise<unknown> {
  try {
    for await (const chunk of bytes) {
      throwIfAborted(io.signal);
      // The source may reuse its chunk, so wait until it was taken.
      await new Promise<void>((resolve, reject) => {
        child.stdin.write(chunk, (error) => (error === null || error === undefined ? resolve() : reject(error)));
      });
    }
    child.stdin.end();
    return undefined;
  } catch (error) {
    child.stdin.destroy();
    const code = error instanceof Error && 'code' in error ? error.code : undefined;
    return code === 'EPIPE' || code === 'ERR_STREAM_DESTROYED' ? undefined : error;
  }
}
