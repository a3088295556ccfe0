import { existsSync } from 'node:fs';
import { stat, utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { messageOf } from '@lading/errors';
import type { Context } from '../context.ts';
import { homeFolder } from '../home.ts';
import { formatBytes } from '../progress.ts';
import { collectedSize } from './collected-text.ts';
import { excess, marksOf, readDisk, usedPercent } from './disk.ts';
import { retentionOf } from './settings.ts';

/** So often at most, for there may be nothing left to remove. */
const intervalMs = 10 * 60_000;

/**
 * Before something that fills the disk: when that is above its high mark already, removes what `lading gc --if-needed` removes, which has no
 * name and cannot be undone. LADING_AUTO_GC=off leaves that to the user. Whatever goes wrong here does not stop what was asked for.
 */
export async function makeRoom(context: Context, root?: string): Promise<void> {
  const { env } = process;
  if (env.LADING_AUTO_GC === 'off') return;
  const folder = homeFolder(root);
  if (!existsSync(folder)) return;
  try {
    const marks = marksOf(env);
    if (excess(await readDisk(folder), marks.high) === 0 || !(await isDue(join(folder, 'collected')))) return;
    const home = await context.home();
    const { relieve } = await import('./relieve.ts');
    const retention = await retentionOf(folder, {}, env);
    const { before, collected } = await relieve(home, retention, { marks, signal: context.signal });
    const freed = collectedSize(collected);
    if (freed > 0) {
      context.progress.log(
        `the disk was ${usedPercent(before)}% full: ${formatBytes(freed)} removed that nothing needs`,
      );
    }
  } catch (error) {
    if (context.signal.aborted) throw error;
    context.progress.warn(`the disk is nearly full, and tidying up failed: ${messageOf(error)}`);
  }
}

/** Whether the mark file is old enough; it is then made new. */
async function isDue(path: string): Promise<boolean> {
  const last = await stat(path).catch(() => undefined);
  if (last !== undefined && Date.now() - last.mtimeMs < intervalMs) return false;
  const now = new Date();
  // A full disk may have no room for the file; then collecting is tried each time.
  await (last === undefined ? writeFile(path, '') : utimes(path, now, now)).catch(() => {});
  return true;
}
