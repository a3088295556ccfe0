import { randomUUID } from 'node:crypto';
import { type Catalog, createDeliveries, type Deliveries, type Delivery, type DeliveryRecord } from '@lading/catalog';
import { messageOf } from '@lading/errors';
import type { Metrics } from '../operations/metrics.ts';
import { cloudEvent } from './cloud-event.ts';
import type { Events, RegistryEvent } from './events.ts';
import { recordedEvent, recordedKinds } from './recorded-event.ts';
import { sendDelivery } from './send-delivery.ts';
import type { Webhook } from './webhook-config.ts';

export interface WebhooksOptions {
  readonly catalog: Catalog;
  readonly events: Events;
  readonly metrics: Metrics;
  readonly hooks: readonly Webhook[];
  /** What the events say they come from: a URI. */
  readonly source: string;
  readonly warn: (message: string) => void;
  /** How often other replicas' leavings are looked for: every second. */
  readonly pollMs?: number | undefined;
}

export interface Webhooks {
  readonly hooks: readonly Webhook[];
  readonly deliveries: Deliveries;
  /** Other receivers from now on. What waits for one that is no more stays, until there is one of that name again. */
  configure(hooks: readonly Webhook[]): void;
  /** Goes through the queue now. */
  wake(): void;
  /** Stops; what is under way is broken off and comes again later. */
  close(): Promise<void>;
}

/** Deliveries to one receiver that are under way at once. */
const atOnce = 4;
const longestPauseMs = 3_600_000;

/**
 * Tells receivers what happens. What the ledger records is read from there and queued in the database, so that it is told however
 * processes end: at least once, and nearly in order. What it does not record, such as pulls, is queued when it happens, a few at a time.
 */
export function createWebhooks(options: WebhooksOptions): Webhooks {
  const { catalog, events, metrics, source, warn, pollMs = 1000 } = options;
  let { hooks } = options;
  const deliveries = createDeliveries(catalog.database);
  const ended = new AbortController();
  const sent = metrics.counter(
    'lading_webhook_deliveries_total',
    'Attempts to deliver an event: delivered, failed, or given up.',
    ['webhook', 'outcome'],
  );
  const queued = metrics.gauge('lading_webhook_queue_length', 'Events that wait for a receiver, or were given up.', [
    'webhook',
    'state',
  ]);
  const shown = new Set<string>();
  metrics.beforeReading(async () => {
    const counts = new Map((await deliveries.counts()).map((count) => [count.receiver, count]));
    for (const { name } of hooks) shown.add(name);
    for (const name of counts.keys()) shown.add(name);
    // Nothing is counted of a queue that is empty: it goes back to 0.
    for (const name of shown) {
      queued.set(counts.get(name)?.waiting ?? 0, name, 'waiting');
      queued.set(counts.get(name)?.dead ?? 0, name, 'dead');
    }
  });

  const make = (event: RegistryEvent, id: string): Delivery[] => {
    const wanting = hooks.filter((hook) => hook.wants(event));
    if (wanting.length === 0) return [];
    const body = cloudEvent(id, source, event);
    return wanting.map(({ name }) => ({ receiver: name, event: id, body }));
  };

  // What no ledger keeps, until it is in the queue.
  let unrecorded: Delivery[] = [];
  const running = new Set<Promise<void>>();
  const busy = new Map<string, number>();

  const deliver = async (hook: Webhook, delivery: DeliveryRecord): Promise<void> => {
    const attempt = await sendDelivery(hook, delivery, ended.signal);
    if (attempt.delivered) {
      await deliveries.settle(delivery);
      sent.add(1, hook.name, 'delivered');
      return;
    }
    if (ended.signal.aborted) return deliveries.postpone(delivery, 'the registry was stopped', new Date());
    const isDead = attempt.isFinal || delivery.attempts >= hook.attempts;
    sent.add(1, hook.name, isDead ? 'given up' : 'failed');
    const pauseMs = Math.min(1000 * 2 ** (delivery.attempts - 1), longestPauseMs) * (0.5 + Math.random() / 2);
    const nextAt = new Date(Date.now() + Math.max(pauseMs, Math.min(attempt.retryAfterMs ?? 0, longestPauseMs)));
    await deliveries.postpone(delivery, attempt.error, isDead ? undefined : nextAt);
    if (isDead) warn(`webhook ${hook.name}: event ${delivery.event} was given up: ${attempt.error}`);
  };

  const start = (hook: Webhook, delivery: DeliveryRecord): void => {
    busy.set(hook.name, (busy.get(hook.name) ?? 0) + 1);
    const work = deliver(hook, delivery)
      .catch((error) => warn(`webhook ${hook.name}: ${messageOf(error)}`))
      .finally(() => {
        busy.set(hook.name, (busy.get(hook.name) ?? 1) - 1);
        running.delete(work);
        wake();
      });
    running.add(work);
  };

  const goThrough = async (): Promise<void> => {
    const more = await deliveries.feed((record) => {
      const event = recordedEvent(record);
      // Numbers of the ledger, as texts that sort like them.
      return event === undefined ? [] : make(event, String(record.sequence).padStart(15, '0'));
    });
    const adding = unrecorded;
    unrecorded = [];
    await deliveries.add(adding).catch((error: unknown) => {
      unrecorded = [...adding, ...unrecorded];
      throw error;
    });
    for (const hook of hooks) {
      const free = atOnce - (busy.get(hook.name) ?? 0);
      if (free <= 0) continue;
      for (const delivery of await deliveries.claim(hook.name, free, hook.timeoutMs + 30_000)) start(hook, delivery);
    }
    if (more) again = true;
  };

  let turn: Promise<void> | undefined;
  let again = false;
  const wake = (): void => {
    if (ended.signal.aborted || hooks.length === 0) return;
    if (turn !== undefined) {
      again = true;
      return;
    }
    turn = goThrough()
      .catch((error) => warn(`webhooks: ${messageOf(error)}`))
      .finally(() => {
        turn = undefined;
        if (!again) return;
        again = false;
        wake();
      });
  };
  const unsubscribe = events.subscribe((event) => {
    if (hooks.length === 0 || recordedKinds.has(event.kind) || !hooks.some((hook) => hook.wants(event))) return;
    // Beyond this, the database does not keep up; what is no record of the ledger is not worth the memory.
    if (unrecorded.length > 10_000) return;
    unrecorded.push(...make(event, `${event.at.toISOString()}-${randomUUID()}`));
  });
  const unwatch = catalog.ledger.watch(wake);
  const timer = setInterval(wake, pollMs);
  timer.unref();
  const begin = (): void => {
    if (hooks.length > 0) wake();
    else deliveries.stopFeeding().catch((error) => warn(`webhooks: ${messageOf(error)}`));
  };
  begin();

  return {
    get hooks() {
      return hooks;
    },
    deliveries,
    configure(next) {
      hooks = next;
      begin();
    },
    wake,
    async close() {
      clearInterval(timer);
      unsubscribe();
      unwatch();
      ended.abort();
      await turn;
      await Promise.allSettled(running);
      await deliveries.add(unrecorded);
    },
  };
}
