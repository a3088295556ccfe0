import type { Stats } from 'node:fs';

/** What the file system says of a file that changes with its content: device, inode, size, and both times of change. Nobody can set the inode's. */
export type FileState = readonly [dev: number, ino: number, size: number, mtimeMs: number, ctimeMs: number];

export function fileState({ dev, ino, size, mtimeMs, ctimeMs }: Stats): FileState {
  return [dev, ino, size, mtimeMs, ctimeMs];
}

/** Of a file in milliseconds; file systems have times of a second or two at the coarsest, and a clock that may tick seldom. */
const racyMs = 2000;

/** As in git's index: a file that changed shortly before it was looked at could change again and keep its state. */
export function isSettled([, , , mtimeMs, ctimeMs]: FileState): boolean {
  return Math.max(mtimeMs, ctimeMs) < Date.now() - racyMs;
}
