import { statSync, writeSync } from 'node:fs';
import { type FileHandle, open, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { isLadingError, LadingError, messageOf, throwIfAborted } from '@lading/errors';
import { explainedWrite } from '../internal/disk-room.ts';
import { hasErrno, replaceFile } from '../internal/durable-file.ts';
import { makeFolder } from '../internal/make-folder.ts';
import { namesIn } from '../internal/names-in.ts';
import { syncFolder } from '../internal/sync-folder.ts';
import { encodeFrame } from './frame.ts';
import type { Journal, JournalBatch } from './journal.ts';
import { listSegments, type Segment, scanSegment, segmentAt, settleSegment } from './segments.ts';

export interface DirectoryJournalOptions {
  /** A file of the journal has about so many bytes: 16 MiB. The same for all who have it open. */
  readonly segmentBytes?: number | undefined;
}

/** Where the next frame goes. */
interface Tail {
  readonly segment: Segment;
  readonly handle: FileHandle;
  readonly inode: number;
  end: number;
  /** The number of the last batch. */
  last: number;
}

/**
 * A journal in a folder: files of lines, each line a batch with its checksum, synced before it is acknowledged. Several processes may have
 * it open. A line that was cut off by a crash was acknowledged to nobody; the next append takes its place.
 */
export async function openDirectoryJournal(folder: string, options: DirectoryJournalOptions = {}): Promise<Journal> {
  const segmentBytes = options.segmentBytes ?? 16 << 20;
  await makeFolder(folder);
  let tail: Tail | undefined;
  let broken: unknown;

  const letGo = async (): Promise<void> => {
    const { handle } = tail ?? {};
    tail = undefined;
    await handle?.close();
  };

  /** The tail as it is now, whoever wrote to it: whole, and durable. Undefined when there is none. */
  const align = async (): Promise<Tail | undefined> => {
    // Of one that is full, its file does not tell whether others have begun the next.
    if (tail !== undefined && tail.end < segmentBytes && isCurrent(tail)) return tail;
    await letGo();
    const segment = (await listSegments(folder)).at(-1);
    if (segment === undefined) return undefined;
    await settleSegment(segment);
    const { frames, end } = await scanSegment(segment);
    const handle = await open(segment.path, 'r+');
    try {
      const { size, ino } = await handle.stat();
      if (size > end) await handle.truncate(end);
      tail = { segment, handle, inode: ino, end, last: frames.at(-1)?.first ?? segment.first - 1 };
    } catch (error) {
      await handle.close();
      throw error;
    }
    return tail;
  };

  const begin = async (first: number): Promise<Tail> => {
    await letGo();
    const segment = segmentAt(folder, first);
    const handle = await open(segment.path, 'wx+');
    tail = { segment, handle, inode: (await handle.stat()).ino, end: 0, last: first - 1 };
    return tail;
  };

  const write = async (target: Tail, batch: JournalBatch): Promise<void> => {
    const frame = encodeFrame(batch);
    try {
      for (let written = 0; written < frame.length; ) {
        // Into memory; only the sync waits for the disk.
        written += writeSync(target.handle.fd, frame, written, frame.length - written, target.end + written);
      }
      await target.handle.datasync();
      if (target.end === 0) await syncFolder(folder);
    } catch (error) {
      await takeBack(target);
      throw error;
    }
    target.end += frame.length;
    target.last = batch.first;
  };

  /** After a sync that failed nobody can tell what the disk has. Without what was written it is as before; else nothing more is written. */
  const takeBack = async ({ handle, end }: Tail): Promise<void> => {
    try {
      await handle.truncate(end);
      await handle.datasync();
    } catch (error) {
      broken = error;
    }
  };

  return {
    async append(batch, io) {
      throwIfAborted(io?.signal);
      if (broken !== undefined) throw unavailable(broken);
      try {
        let target = await align();
        if (target !== undefined && target.last >= batch.first) return 'taken';
        if (target === undefined || target.end >= segmentBytes) target = await begin(batch.first);
        await write(target, batch);
        return 'appended';
      } catch (error) {
        // Another process began this segment a moment ago.
        if (hasErrno(error, 'EEXIST')) return 'taken';
        if (isLadingError(error)) throw error;
        const explained = explainedWrite(error, 'what happened in the journal');
        throw isLadingError(explained) ? explained : unavailable(error);
      }
    },

    async *read(from, io) {
      const segments = await listSegments(folder);
      const start = Math.max(
        0,
        segments.findLastIndex(({ first }) => first <= from),
      );
      for (const [i, segment] of segments.slice(start).entries()) {
        const last = start + i === segments.length - 1;
        if (last) await settleSegment(segment);
        for (const { first, bytes } of (await scanSegment(segment, { last })).frames) {
          throwIfAborted(io?.signal);
          if (first >= from) yield { first, bytes };
        }
      }
    },

    async replace(numbers, edit, io) {
      throwIfAborted(io?.signal);
      const wanted = new Set(numbers);
      await removeLeftovers(folder);
      const segments = await listSegments(folder);
      for (const [i, segment] of segments.entries()) {
        const end = segments[i + 1]?.first ?? Number.POSITIVE_INFINITY;
        if (!numbers.some((number) => number >= segment.first && number < end)) continue;
        const { frames } = await scanSegment(segment, { last: i === segments.length - 1 });
        const edited = frames.map(({ first, bytes }) =>
          encodeFrame({ first, bytes: wanted.has(first) ? edit(bytes) : bytes }),
        );
        await replaceFile(segment.path, Buffer.concat(edited));
      }
      await letGo();
    },

    close: letGo,
  };
}

/** Of a replacement that a crash broke off: it may hold what is to be taken out now. */
async function removeLeftovers(folder: string): Promise<void> {
  for await (const name of namesIn(folder)) if (name.endsWith('.tmp')) await rm(join(folder, name), { force: true });
}

/** Another process may have written to the file, or put another in its place. */
function isCurrent({ segment, inode, end }: Tail): boolean {
  const info = statSync(segment.path, { throwIfNoEntry: false });
  return info !== undefined && info.ino === inode && info.size === end;
}

function unavailable(cause: unknown): LadingError {
  return new LadingError('JOURNAL_UNAVAILABLE', `Cannot write the journal: ${messageOf(cause)}`, {
    hint: 'See to the disk, then start again.',
    cause,
  });
}
