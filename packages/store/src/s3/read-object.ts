import { setTimeout as sleep } from 'node:timers/promises';
import type { Bytes, Io } from '@lading/bytes';
import { backOffMs, isLadingError, LadingError, throwIfAborted } from '@lading/errors';
import type { Bucket, ObjectBody } from './bucket.ts';
import { s3Failure } from './s3-failure.ts';

/** A part of a blob's bytes: these of that object, the end excluded. */
export interface Extent {
  readonly key: string;
  readonly start: number;
  readonly end: number;
}

const attempts = 5;

/**
 * The bytes, as they come from the connection. One that breaks is opened again where it broke; a few failures without a byte in between
 * end it with STORE_UNREACHABLE. `first` is an answer that is there already for exactly these bytes. `absent` gives the error when the
 * object is not there (any more).
 */
export async function* readObject(
  bucket: Bucket,
  { key, start, end }: Extent,
  absent: () => Promise<Error>,
  io: Io,
  first?: ObjectBody,
): Bytes {
  let answer = first;
  let failures = 0;
  for (let at = start; at < end; ) {
    throwIfAborted(io.signal);
    try {
      answer ??= await bucket.get(key, { start: at, end, signal: io.signal });
      if (answer === undefined) throw await absent();
      for await (const chunk of answer.body) {
        at += chunk.length;
        failures = 0;
        yield chunk;
        throwIfAborted(io.signal);
      }
      if (at < end) throw cutOff(key, at, end, bucket.where);
    } catch (error) {
      const failure = s3Failure(error, `read ${key}`, bucket.where, io);
      failures++;
      if (!isLadingError(failure) || !failure.transient || failures === attempts) throw failure;
      await sleep(backOffMs(failures, 100), undefined, { signal: io.signal }).catch(() => {});
    }
    answer = undefined;
  }
  first?.body.destroy();
}

function cutOff(key: string, at: number, end: number, where: string): LadingError {
  return new LadingError(
    'STORE_UNREACHABLE',
    `Cannot read ${key} in ${where}: the answer ends after ${at} of ${end} bytes`,
    {
      transient: true,
    },
  );
}
