import { pause } from './retry.ts';

/**
 * What all requests to one registry pass before they are sent. A registry that asks to slow down asks all of them: they wait together
 * instead of finding out one after the other, each with a request more.
 */
export class Gate {
  #opensAt = 0;

  /** Resolves when requests may be sent; throws INTERRUPTED. */
  async pass(signal: AbortSignal | undefined): Promise<void> {
    for (let wait = this.#opensAt - Date.now(); wait > 0; wait = this.#opensAt - Date.now()) await pause(wait, signal);
  }

  /** Lets nothing pass for so long, unless it is closed for longer already. */
  close(forMs: number): void {
    this.#opensAt = Math.max(this.#opensAt, Date.now() + forMs);
  }
}
