import type { Database, Row, Statements } from '../database/database.ts';
import type { Appliers } from '../ledger/applier.ts';
import type { Ledger } from '../ledger/ledger.ts';
import type { RobotEntry, RobotRecord, Robots } from '../robots.ts';

/** Robot accounts of a catalog. */
export function createRobots({ ledger, database }: { readonly ledger: Ledger; readonly database: Database }): Robots {
  return {
    create: ({ name, description, grants, expiresAt, secret }, by) =>
      ledger.write(by, async (page) => {
        if ((await read(page, name)) !== undefined) return undefined;
        const ends = expiresAt === undefined ? {} : { expiresAt: expiresAt.toISOString() };
        const text = description === undefined ? {} : { description };
        await page.enter({ kind: 'robot.created', name, ...text, grants, ...ends, secret });
        return read(page, name);
      }),
    get: (name) => read(database, name),
    async *list() {
      for (const { name } of await database.all('SELECT name FROM robots ORDER BY name')) {
        const robot = await read(database, String(name));
        if (robot !== undefined) yield robot;
      }
    },
    rotate: (name, secret, previousUntil, by) =>
      ledger.write(by, async (page) => {
        if ((await read(page, name)) === undefined) return undefined;
        await page.enter({ kind: 'robot.rotated', name, secret, previousUntil: previousUntil.toISOString() });
        return read(page, name);
      }),
    disable: (name, disabled, by) =>
      ledger.write(by, async (page) => {
        const robot = await read(page, name);
        if (robot === undefined || robot.disabled === disabled) return robot;
        await page.enter({ kind: disabled ? 'robot.disabled' : 'robot.enabled', name });
        return { ...robot, disabled };
      }),
    delete: (name, by) =>
      ledger.write(by, async (page) => {
        if ((await read(page, name)) === undefined) return false;
        await page.enter({ kind: 'robot.deleted', name });
        return true;
      }),
    async bySecret(id) {
      const row = await database.get('SELECT robot, hash FROM robot_secrets WHERE id = ?', id);
      const robot = row === undefined ? undefined : await read(database, String(row.robot));
      return robot === undefined ? undefined : { robot, hash: String(row?.hash) };
    },
  };
}

async function read(statements: Pick<Statements, 'all' | 'get'>, name: string): Promise<RobotRecord | undefined> {
  const row = await statements.get('SELECT * FROM robots WHERE name = ?', name);
  if (row === undefined) return undefined;
  const secrets = await statements.all(
    'SELECT id, created_at, ends_at FROM robot_secrets WHERE robot = ? ORDER BY number DESC',
    name,
  );
  return {
    name,
    description: row.description === null ? undefined : String(row.description),
    grants: JSON.parse(String(row.grants)),
    expiresAt: dateOf(row.expires_at),
    disabled: row.disabled === 1,
    createdAt: new Date(String(row.created_at)),
    createdBy: row.created_by === null ? undefined : String(row.created_by),
    secrets: secrets.map((secret: Row) => ({
      id: String(secret.id),
      createdAt: new Date(String(secret.created_at)),
      endsAt: dateOf(secret.ends_at),
    })),
  };
}

function dateOf(value: Row[string] | undefined): Date | undefined {
  return value === null || value === undefined ? undefined : new Date(String(value));
}

export const robotAppliers: Appliers<RobotEntry> = {
  async 'robot.created'(statements, { sequence, at, by, entry }) {
    await statements.run(
      'INSERT INTO robots (name, description, grants, expires_at, disabled, created_at, created_by) VALUES (?, ?, ?, ?, 0, ?, ?)',
      entry.name,
      entry.description ?? null,
      JSON.stringify(entry.grants),
      entry.expiresAt ?? null,
      at,
      by?.name ?? null,
    );
    await insertSecret(statements, entry.name, entry.secret, sequence, at);
  },
  async 'robot.rotated'(statements, { sequence, at, entry }) {
    const { name, secret, previousUntil } = entry;
    await statements.run('DELETE FROM robot_secrets WHERE robot = ? AND ends_at <= ?', name, at);
    await statements.run(
      'UPDATE robot_secrets SET ends_at = ? WHERE robot = ? AND (ends_at IS NULL OR ends_at > ?)',
      previousUntil,
      name,
      previousUntil,
    );
    await insertSecret(statements, name, secret, sequence, at);
  },
  'robot.disabled': (statements, { entry }) => setDisabled(statements, entry.name, 1),
  'robot.enabled': (statements, { entry }) => setDisabled(statements, entry.name, 0),
  async 'robot.deleted'(statements, { entry }) {
    await statements.run('DELETE FROM robot_secrets WHERE robot = ?', entry.name);
    await statements.run('DELETE FROM robots WHERE name = ?', entry.name);
  },
};

async function insertSecret(
  statements: Statements,
  robot: string,
  { id, hash }: { readonly id: string; readonly hash: string },
  number: number,
  at: string,
): Promise<void> {
  await statements.run(
    'INSERT INTO robot_secrets (id, robot, number, hash, created_at) VALUES (?, ?, ?, ?, ?)',
    id,
    robot,
    number,
    hash,
    at,
  );
}

async function setDisabled(statements: Statements, name: string, disabled: 0 | 1): Promise<void> {
  await statements.run('UPDATE robots SET disabled = ? WHERE name = ?', disabled, name);
}
