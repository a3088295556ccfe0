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
  let size = 0;
  try {
    for await (const chunk of watched(context, `archive ${path}`, bytes)) {
      for (let at = 0; at < chunk.length; ) {
        at += (await file.write(chunk, at).catch((cause: unknown) => Promise.reject(cannotWrite(path, cause))))
          .bytesWritten;
      }
      size += chunk.length;
    }
    await file.sync();
    await file.close();
    await rename(part, path).catch((cause: unknown) => {
      throw cannotWrite(path, cause);
    });
    return size;
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
