import { constants } from 'node:fs';
import { type FileHandle, open } from 'node:fs/promises';
import { LadingError, throwIfAborted } from '@lading/errors';
import type { ByteRange, Io, SkippableBytes } from './bytes.ts';
import { CHUNK_BYTES } from './chunk-size.ts';
import { giveBuffer, takeBuffer } from './internal/buffer-pool.ts';
import { checkRange, startsPastEnd } from './internal/range.ts';

export interface FromFileOptions extends Io {
  /** Reads only this part. An end past the end of the file is cut to it. */
  readonly range?: ByteRange | undefined;
  /** Size of a read; 512 KiB unless told. */
  readonly chunkBytes?: number | undefined;
  /** Refuses a link at the end of the path and waits for no pipe there: for files that others may change while they are read. */
  readonly noFollow?: boolean | undefined;
}

const unfollowed = constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK;

/**
 * The content of a file, opened when iteration begins and closed when it ends in whatever way; each iteration opens anew.
 * The next chunk is read while the reader works on the current one; buffers are reused, so keep only copies.
 * What the reader passes over is not read. A Buffer names a path that need not be UTF-8.
 *
 * Errors: FILE_NOT_FOUND, FILE_UNREADABLE (no permission, a folder, a failing disk), RANGE_INVALID, INTERRUPTED.
 */
export function fromFile(path: string | Buffer, options: FromFileOptions = {}): SkippableBytes {
  return { isSkippable: true, [Symbol.asyncIterator]: () => readFile(path, options) };
}

async function* readFile(
  path: string | Buffer,
  options: FromFileOptions,
): AsyncGenerator<Uint8Array, void, number | undefined> {
  const { signal, chunkBytes = CHUNK_BYTES } = options;
  const { start, end } = checkRange(options.range, `file ${path}`);
  throwIfAborted(signal);
  let file: FileHandle | undefined;
  let pending: Promise<number> | undefined;
  const buffers: Buffer[] = [];
  let lent: Buffer | undefined;
  try {
    file = await open(path, options.noFollow === true ? unfollowed : 'r');
    const info = await file.stat();
    if (start > 0 && info.isFile() && start > info.size) throw startsPastEnd(start, info.size, `file ${path}`);
    const wanted = Math.min(end, info.size > 0 ? info.size : Number.POSITIVE_INFINITY) - start;
    // A file of one chunk gets one buffer of its size. (Files of /proc say that their size is 0.)
    if (info.isFile() && wanted > 0 && wanted < chunkBytes) buffers.push(Buffer.allocUnsafeSlow(wanted));
    else if (chunkBytes === CHUNK_BYTES) buffers.push(takeBuffer(), takeBuffer());
    else buffers.push(Buffer.allocUnsafeSlow(chunkBytes), Buffer.allocUnsafeSlow(chunkBytes));

    let position = start;
    let turn = 0;
    /** Bytes that the reader does not want. */
    let unwanted = 0;
    const readInto = (buffer: Buffer): Promise<number> => {
      const length = Math.min(buffer.byteLength, end - position);
      if (length <= 0) return Promise.resolve(0);
      // Pipes and devices have no position.
      const read = (file as FileHandle).read(buffer, 0, length, info.isFile() ? position : null);
      return read.then(({ bytesRead }) => {
        position += bytesRead;
        return bytesRead;
      });
    };

    const ahead = buffers.length > 1;
    pending = readInto(buffers[0] as Buffer);
    while (true) {
      const buffer = buffers[turn] as Buffer;
      const count = (await pending) ?? 0;
      pending = undefined;
      throwIfAborted(signal);
      if (count === 0) break;
      if (unwanted >= count) {
        unwanted -= count;
        if (info.isFile()) {
          position += unwanted;
          unwanted = 0;
        }
        pending = readInto(buffer);
        continue;
      }
      turn = (turn + 1) % buffers.length;
      if (ahead) {
        pending = readInto(buffers[turn] as Buffer);
        // The reader may take its time; the failure is its own when it asks for this chunk.
        pending.catch(() => {});
      }
      lent = buffer;
      unwanted = (yield buffer.subarray(unwanted, count)) ?? 0;
      lent = undefined;
      throwIfAborted(signal);
      if (!ahead) pending = readInto(buffers[0] as Buffer);
    }
  } catch (error) {
    throw unreadable(error, path);
  } finally {
    // A read that is under way writes into its buffer: neither the buffer nor the descriptor may go before it ends.
    await pending?.catch(() => {});
    await file?.close();
    // After an early return the reader may still look at the chunk it holds: that buffer is not reused.
    for (const buffer of buffers) if (buffer !== lent) giveBuffer(buffer);
  }
}

/** What an error of the system means to who wants to read a file: FILE_NOT_FOUND or FILE_UNREADABLE. Other errors as they are. */
export function unreadable(error: unknown, path: string | Buffer): unknown {
  const code = error instanceof Error && 'code' in error && 'syscall' in error ? error.code : undefined;
  if (code === undefined) return error;
  if (code === 'ENOENT' || code === 'ENOTDIR') {
    return new LadingError('FILE_NOT_FOUND', `Cannot read file ${path}: it does not exist`, {
      hint: 'Check the path.',
      cause: error,
      details: { path: path.toString() },
    });
  }
  return new LadingError('FILE_UNREADABLE', `Cannot read file ${path}: ${(error as Error).message}`, {
    hint: code === 'EISDIR' ? 'Name a file; this is a folder.' : 'Check its permissions and the disk it is on.',
    cause: error,
    details: { path: path.toString(), errno: code },
  });
}
