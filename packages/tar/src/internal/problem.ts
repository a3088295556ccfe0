import { type ErrorCode, LadingError } from '@lading/errors';

/** The error for one entry of an archive that is being read; always says which entry and where. */
export function problem(
  code: Extract<ErrorCode, 'TAR_INVALID' | 'TAR_UNSAFE' | 'TAR_UNSUPPORTED'>,
  entry: string,
  offset: number,
  reason: string,
): LadingError {
  const name = entry.length > 200 ? `${entry.slice(0, 200)}…` : entry;
  const subject = entry === '' ? 'tar entry' : `tar entry ${JSON.stringify(name)}`;
  return new LadingError(code, `Cannot read ${subject} at byte ${offset}: ${reason}`, {
    ...(code === 'TAR_UNSAFE' ? { hint: 'The archive is damaged or hostile; do not unpack it.' } : {}),
    details: { path: name, offset },
  });
}
