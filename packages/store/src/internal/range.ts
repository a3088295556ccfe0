import type { ByteRange } from '@lading/bytes';
import { LadingError } from '@lading/errors';
import type { Digest } from '@lading/oci';

/** A range against the real size: the end is clamped, a start past the end or behind the range's end is refused. */
export function checkedRange(range: ByteRange, size: number, digest: Digest): { start: number; end: number } {
  const { start } = range;
  const end = Math.min(range.end ?? size, size);
  const whole = Number.isSafeInteger(start) && (range.end === undefined || Number.isSafeInteger(range.end));
  if (!whole || start < 0 || start > size || (range.end ?? size) < start) {
    throw new LadingError(
      'RANGE_INVALID',
      `Cannot read bytes ${start}–${range.end ?? ''} of ${digest}: it has ${size}`,
      {
        details: { digest, size },
      },
    );
  }
  return { start, end };
}
