import { setTimeout as sleep } from 'node:timers/promises';
import { backOffMs, interrupted, throwIfAborted } from '@lading/errors';

export interface RetryOptions {
  /** How often a request is sent at most; 5 unless told, 1 for never again. */
  readonly attempts?: number | undefined;
  /** The first pause; how it grows says `backOffMs()`. 250 ms unless told. */
  readonly pauseMs?: number | undefined;
  /** A `Retry-After` up to this is obeyed; a longer one fails at once. 60 s unless told. */
  readonly maxRetryAfterMs?: number | undefined;
}

/** How patient a client is; see RetryOptions. */
export interface RetryPolicy {
  readonly attempts: number;
  readonly pauseMs: number;
  readonly maxRetryAfterMs: number;
}

export function retryPolicy(options: RetryOptions = {}): RetryPolicy {
  return {
    attempts: Math.max(1, options.attempts ?? 5),
    pauseMs: options.pauseMs ?? 250,
    maxRetryAfterMs: options.maxRetryAfterMs ?? 60_000,
  };
}

/** Statuses that mean "not now": the same request may succeed later. */
export function isTransientStatus(status: number): boolean {
  return status === 429 || status === 500 || status === 502 || status === 503 || status === 504 || status === 408;
}

/**
 * Milliseconds to wait before attempt number `next` (2, 3, …), or undefined when it should not be made.
 * `retryAfterMs` is what the server asked for.
 */
export function pauseBefore(next: number, policy: RetryPolicy, retryAfterMs?: number | undefined): number | undefined {
  if (next > policy.attempts) return undefined;
  const backOff = backOffMs(next - 1, policy.pauseMs);
  if (retryAfterMs === undefined) return backOff;
  return retryAfterMs > policy.maxRetryAfterMs ? undefined : Math.max(retryAfterMs, backOff);
}

/** A `Retry-After` header, seconds or an HTTP date, in milliseconds from now. RFC 9110 §10.2.3. */
export function parseRetryAfter(header: string | undefined, now: number = Date.now()): number | undefined {
  if (header === undefined) return undefined;
  const text = header.trim();
  if (/^\d{1,9}$/.test(text)) return Number(text) * 1000;
  const date = Date.parse(text);
  return Number.isNaN(date) ? undefined : Math.max(0, date - now);
}

/** Waits; throws INTERRUPTED as soon as the signal fires. */
export async function pause(ms: number, signal: AbortSignal | undefined): Promise<void> {
  throwIfAborted(signal);
  try {
    await sleep(ms, undefined, { signal });
  } catch (error) {
    if (signal?.aborted) throw interrupted(signal);
    throw error;
  }
}

/** Thrown by an attempt to say that the next one may go better. */
export class TransientFailure extends Error {
  override readonly name = 'TransientFailure';
  /** What the caller gets when no attempt is left. */
  readonly failure: unknown;
  readonly retryAfterMs: number | undefined;

  constructor(failure: unknown, retryAfterMs?: number | undefined) {
    super('transient failure', { cause: failure });
    this.failure = failure;
    this.retryAfterMs = retryAfterMs;
  }
}

/** Runs `attempt` until it gives a result, throws something other than TransientFailure, or the policy ends it. */
export async function retrying<T>(
  policy: RetryPolicy,
  signal: AbortSignal | undefined,
  attempt: () => Promise<T>,
): Promise<T> {
  for (let next = 2; ; next++) {
    throwIfAborted(signal);
    try {
      return await attempt();
    } catch (error) {
      if (!(error instanceof TransientFailure)) throw error;
      const wait = pauseBefore(next, policy, error.retryAfterMs);
      if (wait === undefined) throw error.failure;
      await pause(wait, signal);
    }
  }
}
