import { type Bytes, type Io, toReadable } from '@lading/bytes';
import { interrupted, LadingError, messageOf, throwIfAborted } from '@lading/errors';
import { isInstalled, withProgram } from './decompressor.ts';

/**
 * Decompresses xz: with the `xz` program where it is installed, which runs beside this process; else in WebAssembly.
 * Both give the same bytes or fail. Throws BYTES_CORRUPT, INTERRUPTED.
 */
export async function* unxz(bytes: Bytes, io: Io & { program?: string | false } = {}): AsyncGenerator<Uint8Array> {
  throwIfAborted(io.signal);
  const program = io.program ?? 'xz';
  if (program !== false && (await isInstalled(program))) yield* withProgram(bytes, program, corrupt, io);
  else yield* withWasm(bytes, io);
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
