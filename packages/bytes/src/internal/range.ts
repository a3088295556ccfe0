import { LadingError } from '@lading/errors';
import type { ByteRange } from '../bytes.ts';

/** The bounds of a range, `end` being Infinity when open. Throws RANGE_INVALID when it is negative, fractional or reversed. */
export function checkRange(range: ByteRange | undefined, what: string): { start: number; end: number } {
  const start = range?.start ?? 0;
  const end = range?.end ?? Number.POSITIVE_INFINITY;
  const whole = Number.isSafeInteger(start) && (end === Number.POSITIVE_INFINITY || Number.isSafeInteger(end));
  if (!whole || start < 0 || end < start) {
    throw new LadingError('RANGE_INVALID', `Cannot read bytes ${start}–${end} of ${what}: the range is not valid`, {
      hint: 'Give whole numbers with 0 ≤ start ≤ end; end is exclusive.',
      details: { start, end: range?.end },
    });
  }
  return { start, end };
}

/** The error for a range that starts past the last byte. */
export function startsPastEnd(start: number, size: number, what: string): LadingError {
  return new LadingError('RANGE_INVALID', `Cannot read ${what} from byte ${start}: it has only ${size} bytes`, {
    hint: 'Start at or before the end of the content.',
    details: { start, size },
  });
}
