import { type ChildProcessWithoutNullStreams, execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { pipeline } from 'node:stream/promises';
import { type Bytes, toReadable } from '@lading/bytes';
import { LadingError, throwIfAborted } from '@lading/errors';

/*
 * Node has no system calls for extended attributes and device nodes. GNU tar has, is part of every Linux distribution that
 * containers are built on, and takes any number of them in one process: an archive that `writeTar` makes.
 */

let answer: Promise<boolean> | undefined;

/** Whether the `tar` on PATH is GNU's. Asked once per process. */
export function hasGnuTar(): Promise<boolean> {
  answer ??= new Promise((resolve) => {
    execFile('tar', ['--version'], { timeout: 10_000 }, (error, stdout) => {
      resolve(error === null && stdout.includes('GNU tar'));
    });
  });
  return answer;
}

/** Throws RUNTIME_UNAVAILABLE when this machine has no GNU tar. */
export async function needGnuTar(what: string): Promise<void> {
  if (await hasGnuTar()) return;
  throw new LadingError('RUNTIME_UNAVAILABLE', `Cannot ${what}: this machine has no GNU tar`, {
    hint: 'Install the package "tar" of your distribution (busybox and BSD tar cannot do it).',
  });
}

/** Unpacks an archive into a folder; existing directories keep their metadata but get the attributes. */
export async function extract(
  archive: Bytes,
  directory: string,
  options: { keepOwners: boolean; signal: AbortSignal | undefined },
): Promise<void> {
  const child = start([
    '--extract',
    `--directory=${directory}`,
    '--no-overwrite-dir',
    '--xattrs',
    '--xattrs-include=*',
    '--numeric-owner',
    '--preserve-permissions',
    options.keepOwners ? '--same-owner' : '--no-same-owner',
    '--warning=no-timestamp',
    // hdrcharset: it takes names as bytes anyway.
    '--warning=no-unknown-keyword',
    '--file=-',
  ]);
  child.stdout.resume();
  const ended = end(child);
  let failure: unknown;
  try {
    await pipeline(toReadable(archive), child.stdin, options.signal === undefined ? {} : { signal: options.signal });
  } catch (error) {
    failure = error;
    child.kill('SIGKILL');
  }
  const { code, stderr } = await ended;
  throwIfAborted(options.signal);
  // tar's own words say more than the broken pipe that they cause.
  if (code !== null && code !== 0) throw failed(stderr, failure);
  if (failure !== undefined) throw failure;
}

/** Archives the given paths, each alone, in the given order. The process ends when the reading does. */
export async function* create(
  directory: string,
  names: readonly Uint8Array[],
  xattrs: readonly string[],
  signal: AbortSignal | undefined,
): AsyncGenerator<Uint8Array, void, void> {
  const child = start([
    '--create',
    `--directory=${directory}`,
    '--format=posix',
    '--no-recursion',
    '--null',
    '--verbatim-files-from',
    '--files-from=-',
    '--numeric-owner',
    '--blocking-factor=512',
    '--xattrs',
    ...xattrs.map((pattern) => `--xattrs-include=${pattern}`),
    '--file=-',
  ]);
  const ended = end(child);
  // Broken pipes surface as tar's exit code.
  child.stdin.on('error', () => {});
  child.stdin.end(Buffer.concat(names.flatMap((name) => [name, Buffer.of(0)])));
  let done = false;
  try {
    for await (const chunk of child.stdout) {
      throwIfAborted(signal);
      yield chunk as Uint8Array;
    }
    const { code, stderr } = await ended;
    done = true;
    if (code === 0) return;
    // Others refuse the options. It is not asked before, which is another process.
    await needGnuTar('read extended attributes');
    throw failed(stderr, undefined);
  } finally {
    if (!done) {
      child.kill('SIGKILL');
      await ended;
    }
  }
}

function start(args: readonly string[]): ChildProcessWithoutNullStreams {
  const { TAR_OPTIONS: _options, POSIXLY_CORRECT: _correct, ...env } = process.env;
  // In the C locale tar takes names as bytes.
  return spawn('tar', args, { env: { ...env, LC_ALL: 'C' }, stdio: ['pipe', 'pipe', 'pipe'] });
}

async function end(child: ChildProcessWithoutNullStreams): Promise<{ code: number | null; stderr: string }> {
  let stderr = '';
  child.stderr.on('data', (data: Buffer) => {
    if (stderr.length < 4096) stderr += data.toString('latin1');
  });
  try {
    const [code] = await once(child, 'close');
    return { code: code as number | null, stderr };
  } catch (error) {
    return { code: 127, stderr: String(error) };
  }
}

function failed(stderr: string, cause: unknown): LadingError {
  const lines = stderr.trim().split('\n').slice(0, 3).join('; ');
  return new LadingError('UNPACK_FAILED', `Cannot set devices or extended attributes: ${lines || 'tar failed'}`, {
    cause,
  });
}
