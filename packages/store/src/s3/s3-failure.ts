import type { Io } from '@lading/bytes';
import { interrupted, isLadingError, LadingError, messageOf } from '@lading/errors';

const denied: ReadonlySet<string> = new Set([
  'AccessDenied',
  'CredentialsProviderError',
  'ExpiredToken',
  'InvalidAccessKeyId',
  'InvalidToken',
  'RequestTimeTooSkewed',
  'SignatureDoesNotMatch',
  'TokenRefreshRequired',
  // versitygw's word for an unknown access key
  'XAdminUserNotFound',
]);

/** Answers that ask to come again, whatever their status. */
const later: ReadonlySet<string> = new Set(['RequestTimeout', 'SlowDown', 'InternalError', 'ServiceUnavailable']);

/** Whether the service answered with one of these error codes. Amazon S3 API, "Error responses". */
export function answered(error: unknown, ...names: readonly string[]): boolean {
  return error instanceof Error && names.includes(error.name);
}

/** What the SDK threw, as a LadingError. `what` reads "store sha256:…"; `where` names the store. */
export function s3Failure(error: unknown, what: string, where: string, io?: Io): unknown {
  if (io?.signal?.aborted) return interrupted(io.signal);
  if (isLadingError(error) || !(error instanceof Error)) return error;
  const status = statusOf(error);
  const reason =
    error.message === '' || error.message === 'UnknownError' ? `${error.name} ${status ?? ''}` : error.message;
  const message = `Cannot ${what} in ${where}: ${reason.trim()}`;
  // The SDK's own error carries the request, with its signature: it must not be printed.
  const options = { cause: new Error(`${error.name}: ${messageOf(error)}`), details: { status, answer: error.name } };
  if (error.name === 'NoSuchBucket') {
    return new LadingError('STORE_NOT_FOUND', message, {
      ...options,
      hint: 'Create the bucket first, and check its name, region and endpoint.',
    });
  }
  if (/region is missing/i.test(reason)) {
    return new LadingError('USAGE', message, { hint: 'Name the region, in the options or in AWS_REGION.' });
  }
  if (denied.has(error.name) || status === 401 || status === 403) {
    return new LadingError('STORE_DENIED', message, {
      ...options,
      hint: 'Check the access key, its rights on the bucket (get, put, delete, list) and the clock of this machine.',
    });
  }
  if (
    later.has(error.name) ||
    isNetworkFailure(error) ||
    status === 429 ||
    (status !== undefined && status >= 500 && status !== 501)
  ) {
    return new LadingError('STORE_UNREACHABLE', message, {
      ...options,
      transient: true,
      hint: 'Try again; if it stays so, check the endpoint and whether the service is up.',
    });
  }
  return status === undefined ? error : new LadingError('STORE_RESPONSE', message, options);
}

/** The connection failed or broke: there is no whole answer. */
export function isNetworkFailure(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  const code = 'code' in error ? String(error.code) : '';
  return error.name === 'TimeoutError' || /^(?:E[A-Z]+|ERR_STREAM_PREMATURE_CLOSE)$/.test(code);
}

function statusOf(error: Error): number | undefined {
  const metadata = '$metadata' in error ? (error.$metadata as { httpStatusCode?: number }) : {};
  return metadata.httpStatusCode;
}
