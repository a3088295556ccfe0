/** A step of the schema: what is to be told to others, and how far the ledger was gone through for it. No part of what the ledger keeps. */
export const deliverySchema: readonly string[] = [
  `CREATE TABLE deliveries (
    receiver TEXT NOT NULL,
    event TEXT NOT NULL,
    body TEXT NOT NULL,
    created_at TEXT NOT NULL,
    attempts INTEGER NOT NULL,
    next_at TEXT,
    error TEXT,
    PRIMARY KEY (receiver, event)
  )`,
  'CREATE INDEX deliveries_by_time ON deliveries (receiver, next_at)',
  'CREATE TABLE delivery_position (sequence INTEGER NOT NULL)',
];
