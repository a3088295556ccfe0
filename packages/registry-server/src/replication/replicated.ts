import type { Catalog } from '@lading/catalog';
import type { Digest } from '@lading/oci';

/** What a rule has to bring to the other side: a tag, or a manifest that refers to others, which is named `@DIGEST`. */
export interface Unit {
  readonly repository: string;
  readonly name: string;
  readonly digest: Digest;
  /** Since when it is so. */
  readonly since: Date;
  /** Of a manifest that refers to it. */
  readonly subject?: Digest | undefined;
}

export interface FailedUnit {
  readonly repository: string;
  readonly name: string;
  readonly error: string;
  readonly at: Date;
}

/** What was replicated, by rule. */
export interface Replicated {
  /**
   * Tags here that the rule has not brought to the other side as they are now; one page after the other. With `since`, only of those that
   * moved since then, and those that could not be brought: costs what there is of them, not what there is.
   */
  pendingTags(rule: string, since?: Date): AsyncIterable<Unit>;
  /** Manifests here that refer to others, and that the rule has not brought to the other side. */
  pendingReferrers(rule: string): AsyncIterable<Unit>;
  /** Tags that the rule has brought to the other side, and that are not here any more. */
  removedTags(rule: string): AsyncIterable<Pick<Unit, 'repository' | 'name'>>;
  digestOf(rule: string, unit: Pick<Unit, 'repository' | 'name'>): Promise<Digest | undefined>;
  /** What the rule brought from the other side, in the order of names; of one repository. */
  names(rule: string, repository: string): Promise<readonly string[]>;
  done(rule: string, unit: Pick<Unit, 'repository' | 'name' | 'digest'>): Promise<void>;
  failed(rule: string, unit: Pick<Unit, 'repository' | 'name'>, error: string): Promise<void>;
  forget(rule: string, unit: Pick<Unit, 'repository' | 'name'>): Promise<void>;
  /** A run of the rule came to its end that began then. */
  ran(rule: string, began: Date): Promise<void>;
  /** When it began. */
  ranAt(rule: string): Promise<Date | undefined>;
  failures(rule: string, limit: number): Promise<readonly FailedUnit[]>;
}

const pageRows = 500;

/** Some of them twice. Takes a time and the rule. */
const movedOrFailed = `SELECT repository_id, name FROM tag_history WHERE at >= ?
  UNION ALL SELECT r.id, x.name FROM replications x JOIN repositories r ON r.name = x.repository WHERE x.rule = ? AND x.error IS NOT NULL`;

export function createReplicated({ database }: Pick<Catalog, 'database'>): Replicated {
  const write = (sql: string, ...values: (string | null)[]): Promise<unknown> =>
    database.transaction((statements) => statements.run(sql, ...values));
  const now = (): string => new Date().toISOString();

  /** Rows of a query that takes those values, and the repository and name to start after. */
  async function* pages(sql: string, ...values: string[]): AsyncGenerator<Readonly<Record<string, unknown>>> {
    for (let after = ['', '']; ; ) {
      const rows = await database.all(sql, ...values, after[0] ?? '', after[0] ?? '', after[1] ?? '', pageRows);
      yield* rows;
      const last = rows.at(-1);
      if (last === undefined || rows.length < pageRows) return;
      after = [String(last.repository), String(last.name)];
    }
  }

  const unitOf = (row: Readonly<Record<string, unknown>>): Unit => ({
    repository: String(row.repository),
    name: String(row.name),
    digest: row.digest as Digest, // written by the ledger alone
    since: new Date(String(row.since)),
    subject: (row.subject ?? undefined) as Digest | undefined,
  });

  return {
    async *pendingTags(rule, since) {
      const [columns, candidates] =
        since === undefined
          ? ['r.name', 'tags t']
          : ['DISTINCT r.name', `(${movedOrFailed}) c JOIN tags t USING (repository_id, name)`];
      const rows = pages(
        `SELECT ${columns} AS repository, t.name AS name, t.digest AS digest, t.updated_at AS since
         FROM ${candidates} JOIN repositories r ON r.id = t.repository_id
         LEFT JOIN replications x ON x.rule = ? AND x.repository = r.name AND x.name = t.name
         WHERE (r.name > ? OR (r.name = ? AND t.name > ?)) AND (x.digest IS NULL OR x.digest <> t.digest)
         ORDER BY r.name, t.name LIMIT ?`,
        ...(since === undefined ? [] : [since.toISOString(), rule]),
        rule,
      );
      for await (const row of rows) yield unitOf(row);
    },

    async *pendingReferrers(rule) {
      const rows = pages(
        `SELECT r.name AS repository, '@' || m.digest AS name, m.digest AS digest, m.subject AS subject, m.created_at AS since
         FROM manifests m JOIN repositories r ON r.id = m.repository_id
         LEFT JOIN replications x ON x.rule = ? AND x.repository = r.name AND x.name = '@' || m.digest
         WHERE (r.name > ? OR (r.name = ? AND '@' || m.digest > ?)) AND m.subject IS NOT NULL AND x.digest IS NULL
         ORDER BY r.name, m.digest LIMIT ?`,
        rule,
      );
      for await (const row of rows) yield unitOf(row);
    },

    async *removedTags(rule) {
      const rows = pages(
        `SELECT x.repository AS repository, x.name AS name FROM replications x
         WHERE x.rule = ? AND (x.repository > ? OR (x.repository = ? AND x.name > ?))
         AND x.name NOT LIKE '@%' AND x.digest IS NOT NULL
         AND NOT EXISTS (SELECT 1 FROM tags t JOIN repositories r ON r.id = t.repository_id
                         WHERE r.name = x.repository AND t.name = x.name)
         ORDER BY x.repository, x.name LIMIT ?`,
        rule,
      );
      for await (const row of rows) yield { repository: String(row.repository), name: String(row.name) };
    },

    async digestOf(rule, { repository, name }) {
      const row = await database.get(
        'SELECT digest FROM replications WHERE rule = ? AND repository = ? AND name = ?',
        rule,
        repository,
        name,
      );
      return (row?.digest ?? undefined) as Digest | undefined;
    },

    async names(rule, repository) {
      const rows = await database.all(
        "SELECT name FROM replications WHERE rule = ? AND repository = ? AND name NOT LIKE '@%' AND digest IS NOT NULL ORDER BY name",
        rule,
        repository,
      );
      return rows.map(({ name }) => String(name));
    },

    async done(rule, { repository, name, digest }) {
      await write(
        `INSERT INTO replications (rule, repository, name, digest, error, at) VALUES (?, ?, ?, ?, NULL, ?)
         ON CONFLICT (rule, repository, name) DO UPDATE SET digest = excluded.digest, error = NULL, at = excluded.at`,
        rule,
        repository,
        name,
        digest,
        now(),
      );
    },

    async failed(rule, { repository, name }, error) {
      await write(
        `INSERT INTO replications (rule, repository, name, digest, error, at) VALUES (?, ?, ?, NULL, ?, ?)
         ON CONFLICT (rule, repository, name) DO UPDATE SET error = excluded.error, at = excluded.at`,
        rule,
        repository,
        name,
        error.slice(0, 2000),
        now(),
      );
    },

    async forget(rule, { repository, name }) {
      await write('DELETE FROM replications WHERE rule = ? AND repository = ? AND name = ?', rule, repository, name);
    },

    // A row that names nothing stands for the rule itself.
    async ran(rule, began) {
      await write(
        `INSERT INTO replications (rule, repository, name, digest, error, at) VALUES (?, '', '', NULL, NULL, ?)
         ON CONFLICT (rule, repository, name) DO UPDATE SET at = excluded.at`,
        rule,
        began.toISOString(),
      );
    },

    async ranAt(rule) {
      const row = await database.get(
        "SELECT at FROM replications WHERE rule = ? AND repository = '' AND name = ''",
        rule,
      );
      return row === undefined ? undefined : new Date(String(row.at));
    },

    async failures(rule, limit) {
      const rows = await database.all(
        'SELECT repository, name, error, at FROM replications WHERE rule = ? AND error IS NOT NULL ORDER BY repository, name LIMIT ?',
        rule,
        limit,
      );
      return rows.map((row) => ({
        repository: String(row.repository),
        name: String(row.name),
        error: String(row.error),
        at: new Date(String(row.at)),
      }));
    },
  };
}
