import { explainedWrite } from './disk-room.ts';
import { ingestBusy, ingestClosed } from './failures.ts';

/** Which calls on an ingest may run: one at a time, and none after its end. */
export class IngestCalls {
  readonly #id: string;
  #running = false;
  #state: 'open' | 'busy' | 'ended' = 'open';
  #left = false;

  constructor(id: string) {
    this.#id = id;
  }

  /** Throws INGEST_CLOSED and INGEST_BUSY; a disk without room is DISK_FULL. */
  async run<T>(work: () => Promise<T>): Promise<T> {
    if (this.#left || this.#state === 'ended') {
      throw ingestClosed(this.#id, 'it was committed, aborted, suspended or resumed elsewhere');
    }
    if (this.#state === 'busy') throw ingestBusy(this.#id);
    this.#state = 'busy';
    this.#running = true;
    try {
      return await work();
    } catch (error) {
      throw explainedWrite(error, `what ingest ${this.#id} has`);
    } finally {
      this.#running = false;
      if (this.#state === 'busy') this.#state = 'open';
    }
  }

  get busy(): boolean {
    return this.#state === 'busy';
  }

  /** No call runs, not even one that began before the end. */
  get settled(): boolean {
    return !this.#running;
  }

  get ended(): boolean {
    return this.#state === 'ended';
  }

  /** The write is over, also for a call that still runs. False when it was over, or no longer this object's, before. */
  end(): boolean {
    if (this.#left || this.#state === 'ended') return false;
    this.#state = 'ended';
    return true;
  }

  /** The write goes on without this object; a call that runs is its last. False when it was over, or no longer this object's, before. */
  leave(): boolean {
    if (this.#left || this.#state === 'ended') return false;
    this.#left = true;
    return true;
  }
}
