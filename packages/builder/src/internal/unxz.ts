import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { type Bytes, type Io, toReadable } from '@lading/bytes';
import { interrupted, LadingError, messageOf, throwIfAborted } from '@lading/errors';

/**
 * Decompresses xz: with the `xz` program where it is installed, which runs beside this process; else in WebAssembly.
 * Both give the same bytes or fail. Throws BYTES_CORRUPT, INTERRUPTED.
 */
export async function* unxz(bytes: Bytes, io: Io & { program?: string | false } = {}): AsyncGenerator<Uint8Array> {
  throwIfAborted(io.signal);
  const program = io.program ?? 'xz';
  if (program !== false && (await isInstalled(program))) yield* withProgram(bytes, program, io);
  else yield* withWasm(bytes, io);
}

const installed = new Map<string, Promise<boolean>>();

function isInstalled(program: string): Promise<boolean> {
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

async function* withProgram(bytes: Bytes, program: string, io: Io): AsyncGenerator<Uint8Array> {
  const child = spawn(program, ['-dc'], { stdio: ['pipe', 'pipe', 'pipe'] });
  const exit = once(child, 'close');
  exit.catch(() => {}); // awaited below; until then a failure to start must not be unhandled
  let complaint = '';
  child.stderr.on('data', (chunk: Buffer) => {
    if (complaint.length < 1000) complaint += chunk.toString();
  });
  // The program stops reading when it finds damage: that EPIPE is not the news. A failing source is.
  let sourceError: unknown;
  const feeding = (async () => {
    try {
      for await (const chunk of bytes) {
        throwIfAborted(io.signal);
        // The source may reuse its chunk, so wait until it was taken.
        await new Promise<void>((resolve, reject) => {
          child.stdin.write(chunk, (error) => (error === null || error === undefined ? resolve() : reject(error)));
        });
      }
      child.stdin.end();
    } catch (error) {
      const code = error instanceof Error && 'code' in error ? error.code : undefined;
      if (code !== 'EPIPE' && code !== 'ERR_STREAM_DESTROYED') sourceError = error;
      child.stdin.destroy();
    }
  })();
  child.stdin.on('error', () => {});
  let ended = false;
  try {
    for await (const chunk of child.stdout) {
      throwIfAborted(io.signal);
      yield chunk as Uint8Array; // no encoding is set: chunks are buffers
    }
    const [code] = await exit;
    await feeding;
    ended = true;
    if (io.signal?.aborted) throw interrupted(io.signal);
    if (sourceError !== undefined) throw sourceError;
    if (code !== 0) throw corrupt(complaint.trim().replace(/^.*?\(stdin\): /, '') || `the program ended with ${code}`);
  } finally {
    if (!ended) {
      child.kill('SIGKILL');
      await exit.catch(() => {});
      await feeding;
    }
  }
}

async function* withWasm(bytes: Bytes, io: Io): AsyncGenerator<Uint8Array> {
  const { XzReadableStream } = await import('xz-decompress').then((module) =>
    'default' in module ? (module.default as typeof module) : module,
  );
  const readable = toReadable(copies(bytes));
  const stream = new XzReadableStream(ReadableStream.from(readable));
  try {
    for await (const chunk of stream) {
      throwIfAborted(io.signal);
      yield chunk;
    }
  } catch (error) {
    if (io.signal?.aborted) throw interrupted(io.signal);
    if (error instanceof LadingError) throw error;
    throw corrupt(messageOf(error), error);
  } finally {
    readable.destroy();
  }
}

// A web stream holds chunks longer than the contract of Bytes allows.
async function* copies(bytes: Bytes): AsyncGenerator<Uint8Array> {
  for await (const chunk of bytes) yield Uint8Array.from(chunk);
}

function corrupt(fault: string, cause?: unknown): LadingError {
  return new LadingError('BYTES_CORRUPT', `Cannot decompress xz data: ${fault}`, {
    hint: 'The data is damaged or cut off; if it uses a filter that is not supported, install the program xz.',
    cause,
  });
}
