import { LadingError } from '@lading/errors';

/** 1980-01-01T00:00:01Z: the earliest time that every archive format in containers can hold, ZIP included. */
export const defaultEpoch = 315_532_801;

/**
 * The time that new content is dated to at the latest, in seconds since 1970: `SOURCE_DATE_EPOCH` as the reproducible-builds
 * specification has it, else the fallback. Throws BUILD_INVALID for a value that is not a number of seconds.
 */
export function sourceDateEpoch(environment: NodeJS.ProcessEnv = process.env, fallback: number = defaultEpoch): number {
  const text = environment.SOURCE_DATE_EPOCH;
  if (text === undefined || text === '') return fallback;
  if (/^\d{1,11}$/.test(text)) return Number(text);
  throw new LadingError('BUILD_INVALID', `Cannot use SOURCE_DATE_EPOCH="${text}": it is not a number of seconds`, {
    hint: 'Give whole seconds since 1970, as "git log -1 --format=%ct" prints them, or unset it.',
  });
}

/** As configs and histories write a time. */
export function isoTime(epoch: number): string {
  return new Date(epoch * 1000).toISOString().replace('.000Z', 'Z');
}
