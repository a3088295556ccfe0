import { type ErrorCode, type ErrorKind, isLadingError } from '@lading/errors';
import { type Answer, type ProtocolCode, problem } from './answer.ts';

/** Codes that the protocol has a word for. */
const protocolCodes: Partial<Record<ErrorCode, readonly [status: number, code: ProtocolCode]>> = {
  MANIFEST_INVALID: [400, 'MANIFEST_INVALID'],
  MANIFEST_UNSUPPORTED: [400, 'MANIFEST_INVALID'],
  DIGEST_INVALID: [400, 'DIGEST_INVALID'],
  DIGEST_MISMATCH: [400, 'DIGEST_INVALID'],
  SIZE_MISMATCH: [400, 'SIZE_INVALID'],
  BLOB_NOT_FOUND: [404, 'BLOB_UNKNOWN'],
  INGEST_NOT_FOUND: [404, 'BLOB_UPLOAD_UNKNOWN'],
  INGEST_CLOSED: [404, 'BLOB_UPLOAD_UNKNOWN'],
  RANGE_INVALID: [416, 'SIZE_INVALID'],
  UPSTREAM_LIMITED: [429, 'TOOMANYREQUESTS'],
};

const kinds: Readonly<Record<ErrorKind, readonly [status: number, code: ProtocolCode]>> = {
  usage: [400, 'UNKNOWN'],
  invalid: [400, 'UNKNOWN'],
  denied: [403, 'DENIED'],
  auth: [401, 'UNAUTHORIZED'],
  'not-found': [404, 'UNKNOWN'],
  conflict: [409, 'DENIED'],
  limit: [413, 'SIZE_INVALID'],
  verification: [500, 'UNKNOWN'],
  network: [502, 'UNKNOWN'],
  unavailable: [503, 'UNKNOWN'],
  interrupted: [503, 'UNKNOWN'],
  failed: [500, 'UNKNOWN'],
};

/** The one place where errors become HTTP. What is not a LadingError is a defect: its text stays inside. */
export function answerTo(error: unknown): Answer {
  if (!isLadingError(error)) return problem(500, 'UNKNOWN', 'The registry failed; its log has more');
  const [status, code] = protocolCodes[error.code] ?? kinds[error.kind];
  const { retryAfterMs } = error.details;
  return problem(status, code, error.message, {
    ...(Object.keys(error.details).length === 0 ? {} : { detail: error.details }),
    ...(typeof retryAfterMs === 'number' ? { headers: { 'Retry-After': Math.ceil(retryAfterMs / 1000) } } : {}),
  });
}
