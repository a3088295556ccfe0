import { type InspectOptions, inspect } from 'node:util';
import { codes, type ErrorCode, type ErrorKind } from './codes.ts';
import { redact, redactDetails } from './redact.ts';

export interface LadingErrorOptions {
  /** What to do next, as a sentence for the person who sees it. */
  readonly hint?: string | undefined;
  readonly cause?: unknown;
  /** Facts for programs: digests, paths, lines. Strings in it are redacted. */
  readonly details?: Readonly<Record<string, unknown>> | undefined;
  /** The state of the world was in the way, not the request: the same again may succeed. False unless told. */
  readonly transient?: boolean | undefined;
}

/**
 * The one error of Lading. Messages read "Cannot open layer sha256:…: the file ends after 12 bytes":
 * what failed, on what, why. Everything in it is redacted when it is made, so it may be printed and logged.
 */
export class LadingError extends Error {
  override readonly name = 'LadingError';
  readonly code: ErrorCode;
  readonly hint: string | undefined;
  readonly details: Readonly<Record<string, unknown>>;
  readonly transient: boolean;

  constructor(code: ErrorCode, message: string, options: LadingErrorOptions = {}) {
    super(redact(message), options.cause === undefined ? undefined : { cause: options.cause });
    this.code = code;
    this.hint = options.hint === undefined ? undefined : redact(options.hint);
    this.details = redactDetails(options.details ?? {});
    this.transient = options.transient === true;
    // A cause comes from elsewhere and may show anything: printing goes through redaction as a whole.
    Object.defineProperty(this, inspect.custom, {
      value: (_depth: number, settings: InspectOptions) => redact(inspect(this, { ...settings, customInspect: false })),
    });
  }

  get kind(): ErrorKind {
    return codes[this.code].kind;
  }

  /** The shape that `--json` and HTTP bodies show. The cause is flattened to its message; stacks stay inside. */
  toJSON(): { code: ErrorCode; kind: ErrorKind; message: string; hint?: string; details?: object; cause?: string } {
    return {
      code: this.code,
      kind: this.kind,
      message: this.message,
      ...(this.hint === undefined ? {} : { hint: this.hint }),
      ...(Object.keys(this.details).length === 0 ? {} : { details: this.details }),
      ...(this.cause === undefined ? {} : { cause: messageOf(this.cause) }),
    };
  }
}

/** True for a LadingError, optionally of one of the given codes. Works across realms by name and code. */
export function isLadingError(error: unknown, ...wanted: readonly ErrorCode[]): error is LadingError {
  if (!(error instanceof Error) || error.name !== 'LadingError') return false;
  return wanted.length === 0 || wanted.includes((error as LadingError).code);
}

/** The text of anything that was thrown, redacted. Never empty. */
export function messageOf(error: unknown): string {
  if (error instanceof AggregateError && error.errors.length > 0 && error.message === '') {
    return messageOf(error.errors[0]);
  }
  if (error instanceof Error) return redact(error.message || error.name || 'Error');
  return redact(typeof error === 'string' ? error : inspect(error, { depth: 1 })) || 'Unknown error';
}

/** Throws INTERRUPTED when the signal has fired; call it between pieces of work. */
export function throwIfAborted(signal: AbortSignal | undefined): void {
  if (signal?.aborted) throw interrupted(signal);
}

/** The error for a fired signal. A LadingError that was given as the reason is passed through. */
export function interrupted(signal: AbortSignal): LadingError {
  if (isLadingError(signal.reason)) return signal.reason;
  return new LadingError('INTERRUPTED', 'Interrupted before it was done', { cause: signal.reason });
}
