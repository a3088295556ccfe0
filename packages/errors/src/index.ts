export { backOffMs } from './back-off.ts';
export { codes, type ErrorCode, type ErrorKind } from './codes.ts';
export {
  interrupted,
  isLadingError,
  LadingError,
  type LadingErrorOptions,
  messageOf,
  throwIfAborted,
} from './lading-error.ts';
export { nearest } from './nearest.ts';
export { REDACTED, redact } from './redact.ts';
export { Secret } from './secret.ts';
