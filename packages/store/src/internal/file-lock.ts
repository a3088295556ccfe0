import { randomUUID } from 'node:crypto';
import { existsSync } from 'node:fs';
import { link, mkdir, readFile, rename, rm, stat, unlink, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Io } from '@lading/bytes';
import { throwIfAborted } from '@lading/errors';
import { hasErrno } from './durable-file.ts';
import { isGone, isOfThisHost, uniqueMark } from './process-mark.ts';

/** What is done under a lock takes milliseconds; a lock of this age was left behind by a machine that is gone. */
const staleMs = 30_000;
/** A lock gets its mark right after it is made: one without was left by a process or a machine that went down in between. */
const unmarkedMs = 1000;

const queues = new Map<string, Promise<unknown>>();

/** Runs `work` while no other call with the same path runs, in this process or another one that uses the same folder. */
export async function withFileLock<T>(path: string, work: () => Promise<T>, io: Io = {}): Promise<T> {
  const turn = (queues.get(path) ?? Promise.resolve()).then(async () => {
    const mark = await acquire(path, io);
    try {
      return await work();
    } finally {
      await release(path, mark);
    }
  });
  // Those who wait do not care how the one before them ended.
  const settled = turn.catch(() => {});
  queues.set(path, settled);
  try {
    return await turn;
  } finally {
    if (queues.get(path) === settled) queues.delete(path);
  }
}

/**
 * Waits until whoever holds the lock now has let go of it; who takes it later is not waited for. 'free' when nobody held it. 'stale': its
 * holder is gone, and what it did may be half done; take the lock to break it.
 */
export async function waitForHolder(path: string, io: Io = {}): Promise<'free' | 'released' | 'stale'> {
  // At once, as it is free almost always: another thread and its error cost more than the call.
  if (!existsSync(path)) return 'free';
  let seen: string | undefined;
  for (let waitMs = 2; ; waitMs = Math.min(waitMs * 2, 50)) {
    const mark = await readMark(path);
    if (mark === undefined) return seen === undefined ? 'free' : 'released';
    // Empty: its holder is about to write its mark.
    if (seen !== undefined && seen !== '' && mark !== seen) return 'released';
    if (await isStale(path, mark)) return 'stale';
    seen = mark;
    throwIfAborted(io.signal);
    await sleep(waitMs);
  }
}

async function acquire(path: string, io: Io): Promise<string> {
  const mark = uniqueMark();
  for (let waitMs = 2; ; waitMs = Math.min(waitMs * 2, 50)) {
    throwIfAborted(io.signal);
    try {
      await writeFile(path, mark, { flag: 'wx' });
      return mark;
    } catch (error) {
      if (hasErrno(error, 'ENOENT')) await mkdir(dirname(path), { recursive: true });
      else if (!hasErrno(error, 'EEXIST')) throw error;
    }
    await breakStale(path);
    await sleep(waitMs);
  }
}

async function release(path: string, mark: string): Promise<void> {
  // Not ours any more when it was taken for stale.
  if ((await readMark(path)) === mark) await rm(path, { force: true });
}

async function breakStale(path: string): Promise<void> {
  const mark = await readMark(path);
  if (mark === undefined || !(await isStale(path, mark))) return;
  // Only one process can move it away; what was moved is then looked at again, for the lock may have changed hands.
  const aside = `${path}.${randomUUID()}`;
  try {
    await rename(path, aside);
    if ((await readMark(aside)) !== mark) await link(aside, path).catch(() => {});
    await unlink(aside);
  } catch (error) {
    if (!hasErrno(error, 'ENOENT')) throw error;
  }
}

async function isStale(path: string, mark: string): Promise<boolean> {
  if (mark !== '' && isOfThisHost(mark)) return isGone(mark);
  const age = await stat(path).then(
    (info) => Date.now() - info.mtimeMs,
    () => 0,
  );
  return age > (mark === '' ? unmarkedMs : staleMs);
}

async function readMark(path: string): Promise<string | undefined> {
  try {
    return await readFile(path, 'utf8');
  } catch (error) {
    if (hasErrno(error, 'ENOENT')) return undefined;
    throw error;
  }
}
