import type { Database } from '../database/database.ts';

/** A private key that replicas share. It is no part of the journal: whoever reads what happened must not be able to sign. */
export interface TokenKeyRow {
  readonly id: string;
  readonly privateKey: string;
  readonly createdAt: Date;
}

/** The keys of a catalog's database that sign tokens. */
export interface TokenKeyTable {
  /** Removes those of before `since`, adds `fresh` when none is younger than `dueSince`, and gives what there is, youngest first. */
  keys(since: Date, dueSince: Date, fresh: () => TokenKeyRow): Promise<readonly TokenKeyRow[]>;
}

export function createTokenKeyTable({ database }: { readonly database: Database }): TokenKeyTable {
  return {
    keys: (since, dueSince, fresh) =>
      database.transaction(async (statements) => {
        await statements.run('DELETE FROM token_keys WHERE created_at <= ?', since.toISOString());
        const due = await statements.get(
          'SELECT id FROM token_keys WHERE created_at > ? LIMIT 1',
          dueSince.toISOString(),
        );
        if (due === undefined) {
          const { id, privateKey, createdAt } = fresh();
          await statements.run(
            'INSERT INTO token_keys (id, private_key, created_at) VALUES (?, ?, ?)',
            id,
            privateKey,
            createdAt.toISOString(),
          );
        }
        const rows = await statements.all('SELECT * FROM token_keys ORDER BY created_at DESC, id');
        return rows.map((row) => ({
          id: String(row.id),
          privateKey: String(row.private_key),
          createdAt: new Date(String(row.created_at)),
        }));
      }),
  };
}
