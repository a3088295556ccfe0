import { setTimeout as sleep } from 'node:timers/promises';
import type { Io } from '@lading/bytes';
import { isLadingError, LadingError, throwIfAborted } from '@lading/errors';
import type { Bucket } from './bucket.ts';
import type { Part } from './multipart.ts';
import { answered } from './s3-failure.ts';

const firstPauseMs = 50;
const longestPauseMs = 5_000;

/**
 * Makes one object of exactly these parts, and returns when it has been seen there. `false` when the upload is gone without having become
 * that object, or a part is no longer the one with that ETag: someone else completed, aborted or wrote to it.
 *
 * No answer is taken for the outcome. One may be lost while the service is still at it; asked again meanwhile, some say that it is done and
 * others that there is no such upload; and it may come to nothing after that. So the object itself is looked for, and the service is asked
 * again until it is there: Amazon S3 API, CompleteMultipartUpload, is idempotent. Throws STORE_UNREACHABLE after `attempts` failures, or
 * when nothing is there after `assemblyMs`; what was uploaded stays then, and this may be called again.
 */
export async function completeUpload(
  bucket: Bucket,
  key: string,
  upload: string,
  parts: readonly Part[],
  io?: Io,
): Promise<boolean> {
  const { attempts, assemblyMs } = bucket.options;
  const size = parts.reduce((sum, part) => sum + part.size, 0);
  const began = performance.now();
  let failures = 0;
  let mayBeUnderWay = false;
  for (let pauseMs = firstPauseMs; ; pauseMs = Math.min(pauseMs * 2, longestPauseMs)) {
    const outcome = await ask(bucket, key, upload, parts, io);
    const found = await bucket.head(key, io);
    if (found !== undefined) return found.size === size;
    if (outcome === 'gone' && !mayBeUnderWay) return false;
    if (isLadingError(outcome) && ++failures >= attempts) throw outcome;
    if (performance.now() - began > assemblyMs) throw neverThere(bucket, key, outcome);
    mayBeUnderWay = true;
    await sleep(pauseMs, undefined, { signal: io?.signal }).catch(() => throwIfAborted(io?.signal));
  }
}

type Outcome = 'accepted' | 'gone' | LadingError;

/** One request. Failures that may pass are returned. */
async function ask(bucket: Bucket, key: string, upload: string, parts: readonly Part[], io?: Io): Promise<Outcome> {
  const { sdk, patient } = bucket.options;
  const Parts = parts.map(({ etag }, index) => ({ PartNumber: index + 1, ETag: etag }));
  const input = { ...bucket.at(key), UploadId: upload, MultipartUpload: { Parts } };
  try {
    return await bucket.run(`complete ${key}`, io, async (http): Promise<Outcome> => {
      try {
        await patient.send(new sdk.CompleteMultipartUploadCommand(input), http);
        return 'accepted';
      } catch (error) {
        if (answered(error, 'NoSuchUpload', 'InvalidPart')) return 'gone';
        throw error;
      }
    });
  } catch (error) {
    if (isLadingError(error, 'STORE_UNREACHABLE') && error.transient) return error;
    throw error;
  }
}

function neverThere({ where, options }: Bucket, key: string, outcome: Outcome): LadingError {
  const said = outcome === 'accepted' ? 'it was accepted' : 'the service was asked';
  const message = `Cannot complete ${key} in ${where}: ${said}, and after ${Math.round(options.assemblyMs / 1000)} s there is no such object`;
  return new LadingError('STORE_UNREACHABLE', message, {
    ...(isLadingError(outcome) ? { cause: outcome } : {}),
    transient: true,
    hint: 'Try again; if it stays so, look into the log of the service, which could not make one object of the parts.',
  });
}
