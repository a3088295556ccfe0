import { open, readFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { LadingError } from '@lading/errors';
import { namesIn } from '../internal/names-in.ts';
import { syncFolder } from '../internal/sync-folder.ts';
import { decodeFrame, type Frame, hasFrameAfter } from './frame.ts';

/** A file of frames, named by the number of its first. */
export interface Segment {
  readonly first: number;
  readonly path: string;
}

export function segmentAt(folder: string, first: number): Segment {
  return { first, path: join(folder, `${String(first).padStart(16, '0')}.log`) };
}

/** All segments, in order. */
export async function listSegments(folder: string): Promise<readonly Segment[]> {
  const segments: Segment[] = [];
  for await (const name of namesIn(folder)) {
    if (/^\d{16}\.log$/.test(name)) segments.push(segmentAt(folder, Number(name.slice(0, 16))));
  }
  return segments.sort((a, b) => a.first - b.first);
}

export interface Scan {
  readonly frames: readonly Frame[];
  /** Where the whole frames end; what comes after was being written when its writer died. */
  readonly end: number;
}

/** The whole frames of a segment from an offset on. Throws JOURNAL_DAMAGED when there are whole ones behind one that is not. */
export async function scanSegment(
  segment: Segment,
  { offset = 0, above = segment.first - 1, last = true }: { offset?: number; above?: number; last?: boolean } = {},
): Promise<Scan> {
  const data = await readFile(segment.path);
  const frames: Frame[] = [];
  let end = offset;
  let number = above;
  for (;;) {
    const frame = decodeFrame(data, end);
    // Old blocks of the disk may show old frames.
    if (frame === undefined || frame.first <= number) break;
    frames.push(frame);
    end = frame.end;
    number = frame.first;
  }
  if (end < data.length && (!last || hasFrameAfter(data, end, number))) {
    throw new LadingError('JOURNAL_DAMAGED', `Cannot read the journal: ${segment.path} is damaged at byte ${end}`, {
      hint: 'Restore the file from a backup.',
    });
  }
  return { frames, end };
}

/** Makes durable what can be seen of a segment, for its writer may have died before it did so. */
export async function settleSegment({ path }: Segment): Promise<void> {
  const handle = await open(path, 'r+');
  try {
    await handle.datasync();
  } finally {
    await handle.close();
  }
  await syncFolder(dirname(path));
}
