import type { Bytes } from '@lading/bytes';
import { LadingError } from '@lading/errors';
import type { Ingest } from '@lading/store';

/** The place of one blob in a tar that is written from one end to the other: where those who bring its bytes meet the one who takes them. */
export interface Slot {
  begin(): Promise<Ingest>;
  /** The tar is here: what is to be its content. */
  take(): Promise<Uint8Array | Bytes>;
  /** The tar has gone on. */
  leave(): void;
  /** Nobody brings, or nobody takes, any more: whoever waits gets the reason. */
  close(reason: unknown): void;
}

export function closed(): LadingError {
  return new LadingError('INGEST_CLOSED', 'Cannot write to the archive: it is not written any more');
}

/** A rejection that nobody waits for is no failure of its own. */
export function promised<T>(): PromiseWithResolvers<T> {
  const all = Promise.withResolvers<T>();
  all.promise.catch(() => {});
  return all;
}
