import { open, rename, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { type Bytes, tap } from '@lading/bytes';
import { LadingError, messageOf } from '@lading/errors';
import type { Context } from './context.ts';

/** Writes a file as a whole or not at all; a file that was there is replaced. Throws FILE_NOT_FOUND, FILE_UNREADABLE. */
export async function writeArchive(context: Context, path: string, bytes: Bytes): Promise<number> {
  const part = join(dirname(path), `.${process.pid}-${Date.now()}.part`);
  const file = await open(part, 'wx', 0o666).catch((cause: unknown) => {
    throw cannotWrite(path, cause);
  });
  const { ChunkWriter } = await import('@lading/store');
  const writer = new ChunkWriter(file, 0);
  const written = async (work: Promise<void>): Promise<void> => {
    await work.catch((cause: unknown) => Promise.reject(cannotWrite(path, cause)));
  };
  try {
    try {
      for await (const chunk of watched(context, `archive ${path}`, bytes)) await written(writer.write(chunk));
      await written(writer.flush());
    } finally {
      await writer.close();
    }
    await file.sync();
    await file.close();
    await rename(part, path).catch((cause: unknown) => {
      throw cannotWrite(path, cause);
    });
    return writer.position;
  } catch (error) {
    await file.close().catch(() => {});
    await rm(part, { force: true });
    throw error;
  }
}

/** "-" is stdout, which takes an archive alone and into a file or pipe. Throws USAGE. */
export function assertTakesArchive(path: string, json: boolean): void {
  if (path !== '-') return;
  if (json) {
    throw new LadingError('USAGE', 'Cannot write an archive and JSON to stdout at once', {
      hint: 'Write the archive to a file with -o FILE.',
    });
  }
  if (process.stdout.isTTY) {
    throw new LadingError('USAGE', 'Cannot write an archive to a terminal', {
      hint: 'Write it to a file with -o FILE, or into a pipe.',
    });
  }
}

/** Counts what passes as progress. */
export function watched(context: Context, label: string, bytes: Bytes): Bytes {
  let done = 0;
  return tap(bytes, (chunk) => {
    done += chunk.length;
    context.progress.update(label, label, done);
  });
}

function cannotWrite(path: string, cause: unknown): LadingError {
  const absent = (cause as NodeJS.ErrnoException).code === 'ENOENT';
  const fault = absent ? 'its folder does not exist' : messageOf(cause);
  return new LadingError(absent ? 'FILE_NOT_FOUND' : 'FILE_UNREADABLE', `Cannot write ${path}: ${fault}`, {
    hint: absent ? 'Make the folder first.' : 'Check that the place is writable and has room.',
    ...(absent ? {} : { cause }),
  });
}
