import type { Database, Row } from '../database/database.ts';
import type { Appliers } from '../ledger/applier.ts';
import type { Ledger } from '../ledger/ledger.ts';
import type { PersonalToken, PersonalTokenEntry, PersonalTokens } from '../personal-tokens.ts';

/** Personal tokens of a catalog. */
export function createPersonalTokens({
  ledger,
  database,
}: {
  readonly ledger: Ledger;
  readonly database: Database;
}): PersonalTokens {
  return {
    create: ({ id, owner, groups, hash, expiresAt }, by) =>
      ledger.write(by, (page) =>
        page.enter({ kind: 'personal-token.created', id, owner, groups, hash, expiresAt: expiresAt.toISOString() }),
      ),
    async list(owner) {
      const rows = await database.all(
        'SELECT * FROM personal_tokens WHERE owner = ? ORDER BY created_at DESC, id',
        owner,
      );
      return rows.map(tokenOf);
    },
    revoke: (id, by) =>
      ledger.write(by, async (page) => {
        if ((await page.get('SELECT 1 AS found FROM personal_tokens WHERE id = ?', id)) === undefined) return false;
        await page.enter({ kind: 'personal-token.revoked', id });
        return true;
      }),
    async find(id) {
      const row = await database.get('SELECT * FROM personal_tokens WHERE id = ?', id);
      return row === undefined ? undefined : { token: tokenOf(row), hash: String(row.hash) };
    },
  };
}

function tokenOf(row: Row): PersonalToken {
  return {
    id: String(row.id),
    owner: String(row.owner),
    groups: JSON.parse(String(row.member_of)),
    createdAt: new Date(String(row.created_at)),
    expiresAt: new Date(String(row.expires_at)),
  };
}

export const personalTokenAppliers: Appliers<PersonalTokenEntry> = {
  async 'personal-token.created'(statements, { at, entry }) {
    // Those that have ended are of no use to anybody.
    await statements.run('DELETE FROM personal_tokens WHERE expires_at <= ?', at);
    await statements.run(
      'INSERT INTO personal_tokens (id, owner, member_of, hash, created_at, expires_at) VALUES (?, ?, ?, ?, ?, ?)',
      entry.id,
      entry.owner,
      JSON.stringify(entry.groups),
      entry.hash,
      at,
      entry.expiresAt,
    );
  },
  async 'personal-token.revoked'(statements, { entry }) {
    await statements.run('DELETE FROM personal_tokens WHERE id = ?', entry.id);
  },
};
