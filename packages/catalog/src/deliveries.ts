import type { LedgerRecord } from './ledger/entry.ts';

/** An event on its way to one receiver. */
export interface Delivery {
  /** The name of the receiver. */
  readonly receiver: string;
  /** Unique for the receiver; in the order of events. */
  readonly event: string;
  /** What is sent. */
  readonly body: string;
}

export interface DeliveryRecord extends Delivery {
  readonly createdAt: Date;
  /** How often it was tried. */
  readonly attempts: number;
  /** When it is tried next; absent: it was given up. */
  readonly nextAt?: Date | undefined;
  /** Why the last attempt failed. */
  readonly error?: string | undefined;
}

export type DeliveryState = 'waiting' | 'dead';

/**
 * A durable queue of what is to be told to others, shared by all replicas. What a ledger with a journal records comes into it exactly once, however
 * processes end; it leaves it when it was delivered, so that a receiver may hear of an event twice but never not at all.
 */
export interface Deliveries {
  /** Goes on in the ledger where the last one stopped, and queues what `make` says of each record. True when there may be more. */
  feed(make: (record: LedgerRecord) => readonly Delivery[]): Promise<boolean>;
  /** From now on nothing is fed; when feeding begins again, it begins with what happens then. */
  stopFeeding(): Promise<void>;
  /** Queues what the ledger does not know of. */
  add(deliveries: readonly Delivery[]): Promise<void>;
  /** Takes some that are due, oldest first, for so long; nobody else gets them meanwhile. */
  claim(receiver: string, limit: number, leaseMs: number): Promise<readonly DeliveryRecord[]>;
  /** It was delivered. */
  settle(delivery: Delivery): Promise<void>;
  /** It was not; without `nextAt` it is given up. */
  postpone(delivery: Delivery, error: string, nextAt: Date | undefined): Promise<void>;
  /** In the order of events. */
  list(
    receiver: string,
    page: { readonly state: DeliveryState; readonly after?: string | undefined; readonly limit: number },
  ): Promise<readonly DeliveryRecord[]>;
  /** Tries it at once, also when it was given up. False when there is no such delivery. */
  retry(receiver: string, event: string): Promise<boolean>;
  /** Drops it. False when there is no such delivery. */
  remove(receiver: string, event: string): Promise<boolean>;
  counts(): Promise<readonly { readonly receiver: string; readonly waiting: number; readonly dead: number }[]>;
}
