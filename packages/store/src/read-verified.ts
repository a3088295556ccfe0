import { type FileHandle, open } from 'node:fs/promises';
import { type Bytes, fromFile, type Io, unreadable } from '@lading/bytes';
import { throwIfAborted } from '@lading/errors';
import { algorithmOf, assertDigest, type Digest, sized, verified } from '@lading/oci';
import { threadDigester } from './internal/content-digester.ts';
import { hasHashThread } from './internal/hash-thread.ts';

/** Less is hashed sooner than a thread is started. */
const leastBytes = 32 << 20;
const chunkBytes = 2 << 20;
/** One that the reader has, one that is read ahead, and two on their way to the thread and back. */
const buffers = 4;

interface ExpectedContent {
  readonly digest: Digest;
  readonly size: number;
}

export interface ReadVerifiedOptions extends Io {
  /** Where the content begins in the file; at its start unless told. */
  readonly offset?: number | undefined;
}

/**
 * Content that is a part of a file, checked as `verified()` does: for readers that have much to do with it, so that a thread hashes large
 * content beside them. Throws as `fromFile()` and `verified()`.
 */
export function readVerified(path: string, expected: ExpectedContent, options: ReadVerifiedOptions = {}): Bytes {
  const { offset = 0, signal } = options;
  if (hasHashThread && expected.size >= leastBytes)
    return sized(hashedBeside(path, expected, { offset, signal }), expected);
  return verified(fromFile(path, { signal, range: { start: offset, end: offset + expected.size } }), expected);
}

async function* hashedBeside(
  path: string,
  { digest, size }: ExpectedContent,
  { offset, signal }: Io & { readonly offset: number },
): AsyncGenerator<Uint8Array, void, undefined> {
  const digester = threadDigester(algorithmOf(digest), 'large');
  const free = Array.from({ length: buffers }, async () => Buffer.allocUnsafeSlow(chunkBytes));
  let position = offset;
  let file: FileHandle | undefined;
  const readNext = async (): Promise<{ readonly memory: Buffer<ArrayBuffer>; readonly length: number }> => {
    const memory = await free.shift()!;
    const wanted = Math.min(chunkBytes, offset + size - position);
    const { bytesRead } = await file!.read(memory, 0, wanted, position);
    position += bytesRead;
    return { memory, length: bytesRead };
  };
  let next: ReturnType<typeof readNext> | undefined;
  try {
    file = await open(path);
    next = readNext();
    for (;;) {
      const { memory, length } = await next;
      throwIfAborted(signal);
      if (length === 0) break;
      next = readNext();
      // The reader may take its time; failures are its own when it asks for more.
      next.catch(() => {});
      yield memory.subarray(0, length);
      const hashed = digester.take(memory, length);
      hashed.catch(() => {});
      free.push(hashed);
    }
  } catch (error) {
    throw unreadable(error, path);
  } finally {
    // A read that is under way needs the file.
    await next?.catch(() => {});
    await file?.close();
  }
  // Less than was expected is for who counts.
  if (digester.size === size) assertDigest(await digester.digest(), digest, size);
}
