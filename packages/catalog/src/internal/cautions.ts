import type { Digest } from '@lading/oci';
import type { Statements } from '../database/database.ts';
import type { Appliers } from '../ledger/applier.ts';
import type { CautionEntry } from './policy-entries.ts';

export interface QuarantineRecord {
  readonly digest: Digest;
  readonly reason: string;
  readonly at: Date;
  readonly by?: string | undefined;
}

export interface DeprecationRecord {
  readonly repository: string;
  readonly reference?: string | undefined;
  readonly after: Date;
  readonly message: string;
  readonly at: Date;
  readonly by?: string | undefined;
}

/** Everything that pulls have to know, as one state of the database. */
export interface Cautions {
  /** Goes up with each change. */
  readonly version: number;
  /** What is refused, by digest: the content itself, and every manifest that reaches it. */
  readonly quarantined: ReadonlyMap<Digest, QuarantineRecord>;
  readonly deprecations: readonly DeprecationRecord[];
  /** Content that must not be in any memory. */
  readonly purged: readonly Digest[];
}

export async function cautionsVersion(statements: Pick<Statements, 'get'>): Promise<number> {
  return Number((await statements.get('SELECT version FROM cautions_version'))?.version ?? 0);
}

export async function readCautions(statements: Pick<Statements, 'all' | 'get'>): Promise<Cautions> {
  // Before the rest: what changes meanwhile is read again.
  const version = await cautionsVersion(statements);
  const causes = new Map((await listQuarantine(statements)).map((record) => [record.digest, record]));
  const reached = await statements.all('SELECT digest, cause FROM quarantined ORDER BY cause');
  const quarantined = new Map<Digest, QuarantineRecord>();
  for (const row of reached) {
    const cause = causes.get(row.cause as Digest);
    if (cause !== undefined) quarantined.set(row.digest as Digest, cause);
  }
  const purged = await statements.all('SELECT digest FROM purged');
  return {
    version,
    quarantined,
    deprecations: await listDeprecations(statements),
    purged: purged.map((row) => row.digest as Digest),
  };
}

export async function listQuarantine(statements: Pick<Statements, 'all'>): Promise<readonly QuarantineRecord[]> {
  const rows = await statements.all('SELECT digest, reason, at, actor FROM quarantine ORDER BY at DESC, digest');
  return rows.map((row) => ({
    digest: row.digest as Digest,
    reason: String(row.reason),
    at: new Date(String(row.at)),
    ...(row.actor === null ? {} : { by: String(row.actor) }),
  }));
}

export async function listDeprecations(statements: Pick<Statements, 'all'>): Promise<readonly DeprecationRecord[]> {
  const rows = await statements.all(
    'SELECT repository, reference, after, message, at, actor FROM deprecations ORDER BY repository, reference',
  );
  return rows.map((row) => ({
    repository: String(row.repository),
    ...(row.reference === '' ? {} : { reference: String(row.reference) }),
    after: new Date(String(row.after)),
    message: String(row.message),
    at: new Date(String(row.at)),
    ...(row.actor === null ? {} : { by: String(row.actor) }),
  }));
}

/** The first of the digests that is in quarantine, or that reaches what is. For the transaction that records what refers to them. */
export async function quarantinedAmong(
  statements: Pick<Statements, 'get'>,
  digests: readonly Digest[],
): Promise<Digest | undefined> {
  if ((await statements.get('SELECT 1 AS found FROM quarantined LIMIT 1')) === undefined) return undefined;
  for (const digest of digests) {
    const row = await statements.get('SELECT 1 AS found FROM quarantined WHERE digest = ? LIMIT 1', digest);
    if (row !== undefined) return digest;
  }
  return undefined;
}

/** Every replica looks again. For appliers. */
export async function changeCautions(statements: Statements): Promise<void> {
  await statements.run('UPDATE cautions_version SET version = version + 1');
}

export const cautionAppliers: Appliers<CautionEntry> = {
  async 'content.quarantined'(statements, { at, by, entry }) {
    await statements.run(
      `INSERT INTO quarantine (digest, reason, at, actor) VALUES (?, ?, ?, ?)
       ON CONFLICT (digest) DO UPDATE SET reason = excluded.reason, at = excluded.at, actor = excluded.actor`,
      entry.digest,
      entry.reason,
      at,
      by?.name ?? null,
    );
    // What is recorded later and would reach it is refused when it comes. A set that grows while it is gone through: each level up follows.
    const reaching = new Set([entry.digest]);
    for (const digest of reaching) {
      await statements.run(
        'INSERT INTO quarantined (digest, cause) VALUES (?, ?) ON CONFLICT DO NOTHING',
        digest,
        entry.digest,
      );
      const parents = await statements.all('SELECT DISTINCT parent FROM children WHERE child = ?', digest);
      for (const { parent } of parents) reaching.add(parent as Digest);
    }
    await changeCautions(statements);
  },

  async 'content.released'(statements, { entry }) {
    await statements.run('DELETE FROM quarantine WHERE digest = ?', entry.digest);
    await statements.run('DELETE FROM quarantined WHERE cause = ?', entry.digest);
    await changeCautions(statements);
  },

  async 'deprecation.set'(statements, { at, by, entry }) {
    await statements.run(
      `INSERT INTO deprecations (repository, reference, after, message, at, actor) VALUES (?, ?, ?, ?, ?, ?)
       ON CONFLICT (repository, reference) DO UPDATE SET after = excluded.after, message = excluded.message,
         at = excluded.at, actor = excluded.actor`,
      entry.repository,
      entry.reference ?? '',
      entry.after,
      entry.message,
      at,
      by?.name ?? null,
    );
    await changeCautions(statements);
  },

  async 'deprecation.lifted'(statements, { entry }) {
    await statements.run(
      'DELETE FROM deprecations WHERE repository = ? AND reference = ?',
      entry.repository,
      entry.reference ?? '',
    );
    await changeCautions(statements);
  },
};
