import { setTimeout as sleep } from 'node:timers/promises';
import { backOffMs, isLadingError } from '@lading/errors';

export interface Patience {
  /** How often in a row a content is tried without one byte more at the target; 6 unless told. */
  readonly attempts?: number | undefined;
  /** The first pause; how it grows says `backOffMs()`. 250 ms unless told. */
  readonly pauseMs?: number | undefined;
}

/** A server that asks for a longer pause than this is not waited for. */
const longestRetryAfterMs = 120_000;

/** Decides whether a broken transfer is tried again, and when: pauses grow, and start over whenever bytes moved. */
export class BackOff {
  readonly #patience: Patience;
  #fruitless = 0;

  constructor(patience: Patience = {}) {
    this.#patience = patience;
  }

  /** Bytes moved since the last failure. */
  reset(): void {
    this.#fruitless = 0;
  }

  /** Resolves, after the pause that is due, to whether to try again; to false as soon as the signal fires. */
  async wait(error: unknown, signal: AbortSignal): Promise<boolean> {
    const { attempts = 6, pauseMs = 250 } = this.#patience;
    const asked = retryAfterMs(error);
    if (++this.#fruitless >= attempts || asked > longestRetryAfterMs) return false;
    const due = Math.max(asked, backOffMs(this.#fruitless, pauseMs));
    return sleep(due, true, { signal }).catch(() => false);
  }
}

/** Whether the same again may succeed. A registry that was reached before may be restarting: even a refused connection counts. */
export function mayRecover(error: unknown): boolean {
  return isLadingError(error) && (error.transient || error.code === 'REGISTRY_UNREACHABLE');
}

function retryAfterMs(error: unknown): number {
  const asked = isLadingError(error) ? error.details.retryAfterMs : undefined;
  return typeof asked === 'number' ? asked : 0;
}
