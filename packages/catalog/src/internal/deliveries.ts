import type { Database, Row, Statements } from '../database/database.ts';
import type { Deliveries, Delivery, DeliveryRecord } from '../deliveries.ts';
import { listAudit } from '../ledger/audit.ts';

/** How many records of the ledger one transaction goes through. */
const feedRows = 200;

/** Queues events within a transaction that also notes that they happened; an event that is there already stays as it is. */
export async function queueDeliveries(
  statements: Statements,
  deliveries: readonly Delivery[],
  now: Date,
): Promise<void> {
  const at = now.toISOString();
  for (const { receiver, event, body } of deliveries) {
    await statements.run(
      `INSERT INTO deliveries (receiver, event, body, created_at, attempts, next_at) VALUES (?, ?, ?, ?, 0, ?)
       ON CONFLICT DO NOTHING`,
      receiver,
      event,
      body,
      at,
      at,
    );
  }
}

export function createDeliveries(database: Database, now: () => Date = () => new Date()): Deliveries {
  return {
    async feed(make) {
      const position = await database.get('SELECT sequence FROM delivery_position');
      const after = Number(position?.sequence ?? 0);
      // Most of the time nothing has happened: then nobody has to wait for this.
      if (position !== undefined && (await listAudit(database, { after, limit: 1 })).length === 0) return false;
      return database.transaction(async (statements) => {
        const current = await statements.get('SELECT sequence FROM delivery_position');
        if (current === undefined) {
          await statements.run('INSERT INTO delivery_position (sequence) SELECT COALESCE(MAX(sequence), 0) FROM audit');
          return false;
        }
        const records = await listAudit(statements, { after: Number(current.sequence), limit: feedRows });
        await queueDeliveries(statements, records.flatMap(make), now());
        const last = records.at(-1);
        if (last !== undefined) await statements.run('UPDATE delivery_position SET sequence = ?', last.sequence);
        return records.length === feedRows;
      });
    },

    async stopFeeding() {
      await database.run('DELETE FROM delivery_position');
    },

    async add(deliveries) {
      if (deliveries.length > 0)
        await database.transaction((statements) => queueDeliveries(statements, deliveries, now()));
    },

    async claim(receiver, limit, leaseMs) {
      const due = 'SELECT event FROM deliveries WHERE receiver = ? AND next_at <= ? ORDER BY next_at, event LIMIT ?';
      const at = now();
      if ((await database.get(due, receiver, at.toISOString(), 1)) === undefined) return [];
      return database.transaction(async (statements) => {
        const events = await statements.all(due, receiver, at.toISOString(), limit);
        const claimed: DeliveryRecord[] = [];
        for (const { event } of events) {
          // Whoever claimed it and ended leaves it to the next one when this is over.
          const row = await statements.get(
            'UPDATE deliveries SET next_at = ?, attempts = attempts + 1 WHERE receiver = ? AND event = ? RETURNING *',
            new Date(at.getTime() + leaseMs).toISOString(),
            receiver,
            event ?? null,
          );
          if (row !== undefined) claimed.push(recordOf(row));
        }
        return claimed;
      });
    },

    async settle({ receiver, event }) {
      await database.run('DELETE FROM deliveries WHERE receiver = ? AND event = ?', receiver, event);
    },

    async postpone({ receiver, event }, error, nextAt) {
      await database.run(
        'UPDATE deliveries SET next_at = ?, error = ? WHERE receiver = ? AND event = ?',
        nextAt?.toISOString() ?? null,
        error,
        receiver,
        event,
      );
    },

    async list(receiver, { state, after = '', limit }) {
      const rows = await database.all(
        `SELECT * FROM deliveries WHERE receiver = ? AND event > ? AND next_at IS ${state === 'dead' ? '' : 'NOT '}NULL
         ORDER BY event LIMIT ?`,
        receiver,
        after,
        limit,
      );
      return rows.map(recordOf);
    },

    async retry(receiver, event) {
      const at = now().toISOString();
      const sql = 'UPDATE deliveries SET next_at = ?, attempts = 0 WHERE receiver = ? AND event = ?';
      return (await database.run(sql, at, receiver, event)) > 0;
    },

    async remove(receiver, event) {
      return (await database.run('DELETE FROM deliveries WHERE receiver = ? AND event = ?', receiver, event)) > 0;
    },

    async counts() {
      const rows = await database.all(
        'SELECT receiver, COUNT(next_at) AS waiting, COUNT(*) AS all_of_them FROM deliveries GROUP BY receiver ORDER BY receiver',
      );
      return rows.map(({ receiver, waiting, all_of_them }) => ({
        receiver: String(receiver),
        waiting: Number(waiting),
        dead: Number(all_of_them) - Number(waiting),
      }));
    },
  };
}

function recordOf(row: Row): DeliveryRecord {
  const { receiver, event, body, created_at, attempts, next_at, error } = row;
  return {
    receiver: String(receiver),
    event: String(event),
    body: String(body),
    createdAt: new Date(String(created_at)),
    attempts: Number(attempts),
    ...(next_at === null ? {} : { nextAt: new Date(String(next_at)) }),
    ...(error === null ? {} : { error: String(error) }),
  };
}
