import { open, realpath, rename, rm, stat } from 'node:fs/promises';
import { LadingError, messageOf } from '@lading/errors';

/**
 * Puts another text into a file that is there, in one step: an interruption leaves it as it was. Its owner and mode stay, and a link to it stays
 * one. Throws FILE_UNREADABLE.
 */
export async function rewriteFile(path: string, text: string): Promise<void> {
  try {
    const place = await realpath(path);
    const { mode, uid, gid } = await stat(place);
    const draft = `${place}.${process.pid}.partial`;
    try {
      const file = await open(draft, 'wx', mode);
      try {
        await file.chown(uid, gid).catch(() => {}); // only root may give files away
        await file.chmod(mode); // the umask took some of it
        await file.writeFile(text);
        await file.sync();
      } finally {
        await file.close();
      }
      await rename(draft, place);
    } finally {
      await rm(draft, { force: true });
    }
  } catch (cause) {
    throw new LadingError('FILE_UNREADABLE', `Cannot write ${path}: ${messageOf(cause)}`, { cause });
  }
}
