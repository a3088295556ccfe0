/** A value that a statement takes or gives. Booleans are 0 and 1, times are ISO 8601 text in UTC. */
export type SqlValue = string | number | null;

export type Row = Readonly<Record<string, SqlValue>>;

/**
 * What the catalog needs of a database: statements with `?` placeholders in the SQL that SQLite and PostgreSQL share,
 * and transactions that see and change a consistent state. Statements are prepared once per text.
 */
export interface Database extends Statements {
  /**
   * Runs `work` alone among writers and commits when it resolves, durably unless a journal makes up for it; rolls back when it rejects.
   * Inside, only the given `Statements` may be used.
   */
  transaction<T>(work: (statements: Statements) => Promise<T>, options?: TransactionOptions): Promise<T>;
  /**
   * A number that differs when somebody else than this object has changed the data since it was last asked for. Absent where only a
   * statement could tell: what was read before is then not to be kept.
   */
  dataVersion?(): number;
  /** A statement of the schema, written for SQLite, in the words of this database: names compare in byte order, integers have 64 bits. */
  schema(sql: string): string;
  close(): Promise<void>;
}

export interface TransactionOptions {
  /** Durable in any case: no journal makes up for this one. */
  readonly sync?: boolean | undefined;
}

export interface Statements {
  all(sql: string, ...values: readonly SqlValue[]): Promise<readonly Row[]>;
  get(sql: string, ...values: readonly SqlValue[]): Promise<Row | undefined>;
  /** The number of rows that were changed. */
  run(sql: string, ...values: readonly SqlValue[]): Promise<number>;
}
