import { resolve } from 'node:path';
import { DatabaseSync, type StatementSync } from 'node:sqlite';
import { setTimeout as sleep } from 'node:timers/promises';
import { LadingError } from '@lading/errors';
import { createCheckpointer } from './checkpointer.ts';
import type { Database, Row, SqlValue, Statements } from './database.ts';

export interface SqliteOptions {
  /** What a transaction wrote survives a power loss once it resolves. Unless told; not needed where a journal has it. */
  readonly sync?: boolean | undefined;
}

/**
 * SQLite in one file, with write-ahead log. Writers queue on one connection; readers have another, so that no reader waits for a writer.
 */
export async function openSqlite(path: string, { sync = true }: SqliteOptions = {}): Promise<Database> {
  const writer = await connect(path);
  // After a crash of its last user the log may show a transaction that was never synced. Whoever finds it written already would write, and so
  // sync, nothing, and take it for durable: a checkpoint syncs the log first.
  writer.database.exec('PRAGMA wal_checkpoint(PASSIVE)');
  // An in-memory database belongs to its connection, so there both are the same and everything queues.
  const shared = path === ':memory:';
  const reader = shared ? writer : await connect(path);
  // A writer that found the database locked would block the thread, and with it everybody who waits for an answer: it asks again instead.
  writer.database.exec(`PRAGMA busy_timeout = 0; PRAGMA synchronous = ${sync ? 'FULL' : 'NORMAL'}`);
  const version = writer.database.prepare('PRAGMA data_version');
  const queue = shared ? createQueue() : queueOf(path);
  const checkpointer = shared || sync ? undefined : createCheckpointer(path, writer.database);
  const { enqueue } = queue;
  let closed = false;

  return {
    all: (sql, ...values) => (shared ? enqueue(() => writer.all(sql, values)) : settle(() => reader.all(sql, values))),
    get: (sql, ...values) => (shared ? enqueue(() => writer.get(sql, values)) : settle(() => reader.get(sql, values))),
    run: (sql, ...values) => enqueue(() => transaction(writer, (statements) => statements.run(sql, ...values))),
    transaction: (work, options) =>
      enqueue(async () => {
        const result = await (options?.sync && !sync ? synced(writer, work) : transaction(writer, work));
        checkpointer?.committed();
        return result;
      }),
    schema: (sql) => sql,
    dataVersion: () => Number(version.get()?.data_version ?? 0),
    async close() {
      await queue.idle();
      if (closed) return;
      closed = true;
      await checkpointer?.close();
      if (!shared) reader.database.close();
      writer.database.close();
    },
  };
}

interface Queue {
  /** Runs after everything that was enqueued before, whatever became of it. */
  enqueue<T>(work: () => Promise<T> | T): Promise<T>;
  idle(): Promise<unknown>;
}

function createQueue(): Queue {
  let last: Promise<unknown> = Promise.resolve();
  return {
    enqueue(work) {
      const result = last.then(work);
      last = result.catch(() => {});
      return result;
    },
    idle: () => last,
  };
}

/**
 * All writers of one file in this process queue together: waiting for SQLite's own lock blocks the thread, and with it the very
 * transaction that is being waited for. Between processes SQLite's lock does the job.
 */
const queues = new Map<string, Queue>();

function queueOf(path: string): Queue {
  const key = resolve(path);
  const queue = queues.get(key) ?? createQueue();
  queues.set(key, queue);
  return queue;
}

interface Connection {
  readonly database: DatabaseSync;
  all(sql: string, values: readonly SqlValue[]): readonly Row[];
  get(sql: string, values: readonly SqlValue[]): Row | undefined;
  run(sql: string, values: readonly SqlValue[]): number;
}

async function connect(path: string): Promise<Connection> {
  const database = await openFile(path);
  const prepared = new Map<string, StatementSync>();
  const statement = (sql: string): StatementSync => {
    let found = prepared.get(sql);
    if (found === undefined) {
      found = database.prepare(sql);
      prepared.set(sql, found);
    }
    return found;
  };
  return {
    database,
    all: (sql, values) => statement(sql).all(...values) as Row[],
    get: (sql, values) => statement(sql).get(...values) as Row | undefined,
    run: (sql, values) => Number(statement(sql).run(...values).changes),
  };
}

/** Pages of the database in memory, for each connection: enough for the upper levels of all indexes of some million rows. */
const cacheKibibytes = 16_384;

/** How long another process, or thread, is waited for. */
const busyMs = 30_000;

/**
 * A new file becomes one with a write-ahead log under a lock for which SQLite itself does not wait: of several processes that open it
 * for the first time, all but one are told that it is busy, and ask again.
 */
async function openFile(path: string): Promise<DatabaseSync> {
  for (const end = Date.now() + busyMs; ; await sleep(5)) {
    const database = new DatabaseSync(path, { timeout: busyMs });
    try {
      database.exec(`PRAGMA journal_mode = WAL; PRAGMA foreign_keys = ON; PRAGMA cache_size = -${cacheKibibytes}`);
      return database;
    } catch (error) {
      database.close();
      if (!isBusy(error) || Date.now() > end) throw error;
    }
  }
}

/** SQLITE_BUSY, in any of its extended forms. */
function isBusy(error: unknown): boolean {
  return ((error as { readonly errcode?: number }).errcode ?? 0) % 256 === 5;
}

async function transaction<T>(connection: Connection, work: (statements: Statements) => Promise<T>): Promise<T> {
  await begin(connection.database);
  try {
    const result = await work({
      all: (sql, ...values) => settle(() => connection.all(sql, values)),
      get: (sql, ...values) => settle(() => connection.get(sql, values)),
      run: (sql, ...values) => settle(() => connection.run(sql, values)),
    });
    connection.database.exec('COMMIT');
    return result;
  } catch (error) {
    // SQLite itself rolls back after some errors, such as a full disk.
    if (connection.database.isTransaction) connection.database.exec('ROLLBACK');
    throw error;
  }
}

/** The commit syncs the log, and so what was committed before. */
async function synced<T>(connection: Connection, work: (statements: Statements) => Promise<T>): Promise<T> {
  connection.database.exec('PRAGMA synchronous = FULL');
  try {
    return await transaction(connection, work);
  } finally {
    connection.database.exec('PRAGMA synchronous = NORMAL');
  }
}

async function begin(database: DatabaseSync): Promise<void> {
  for (const end = Date.now() + busyMs; ; await sleep(1)) {
    try {
      // IMMEDIATE takes the write lock at once; upgrading a read transaction could fail half-way with "busy".
      database.exec('BEGIN IMMEDIATE');
      return;
    } catch (error) {
      if (!isBusy(error)) throw error;
      if (Date.now() > end) {
        throw new LadingError(
          'CATALOG_UNAVAILABLE',
          `Cannot write to the catalog: it has been locked for ${busyMs} ms`,
          {
            hint: 'Another process, or a long job, is writing to it. Try again.',
            cause: error,
            transient: true,
          },
        );
      }
    }
  }
}

/** A synchronous result or exception as a promise. */
function settle<T>(work: () => T): Promise<T> {
  try {
    return Promise.resolve(work());
  } catch (error) {
    return Promise.reject(error);
  }
}
