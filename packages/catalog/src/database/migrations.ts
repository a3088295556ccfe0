import { LadingError } from '@lading/errors';
import type { Database } from './database.ts';
import { deliverySchema } from './delivery-schema.ts';
import { fleetSchema } from './fleet-schema.ts';
import { policySchema } from './policy-schema.ts';
import { failedReplicationSchema, replicationSchema } from './replication-schema.ts';
import { scanSchema } from './scan-schema.ts';

/**
 * The schema, step by step. A step that was released is never edited: the next change is a new step.
 * Names compare in byte order (SQLite's BINARY), which is the order the distribution-spec lists tags in.
 */
const migrations: readonly (readonly string[])[] = [
  [
    `CREATE TABLE repositories (
      id INTEGER PRIMARY KEY,
      name TEXT NOT NULL UNIQUE,
      created_at TEXT NOT NULL
    )`,
    `CREATE TABLE blobs (
      repository_id INTEGER NOT NULL REFERENCES repositories (id) ON DELETE CASCADE,
      digest TEXT NOT NULL,
      size INTEGER NOT NULL,
      created_at TEXT NOT NULL,
      PRIMARY KEY (repository_id, digest)
    )`,
    'CREATE INDEX blobs_by_digest ON blobs (digest)',
    `CREATE TABLE manifests (
      repository_id INTEGER NOT NULL REFERENCES repositories (id) ON DELETE CASCADE,
      digest TEXT NOT NULL,
      size INTEGER NOT NULL,
      media_type TEXT NOT NULL,
      artifact_type TEXT,
      subject TEXT,
      annotations TEXT,
      created_at TEXT NOT NULL,
      PRIMARY KEY (repository_id, digest)
    )`,
    'CREATE INDEX manifests_by_subject ON manifests (repository_id, subject, digest)',
    'CREATE INDEX manifests_by_digest ON manifests (digest)',
    `CREATE TABLE children (
      repository_id INTEGER NOT NULL,
      parent TEXT NOT NULL,
      child TEXT NOT NULL,
      kind TEXT NOT NULL,
      size INTEGER NOT NULL,
      PRIMARY KEY (repository_id, parent, child),
      FOREIGN KEY (repository_id, parent) REFERENCES manifests (repository_id, digest) ON DELETE CASCADE
    )`,
    'CREATE INDEX children_by_child ON children (child)',
    `CREATE TABLE tags (
      repository_id INTEGER NOT NULL,
      name TEXT NOT NULL,
      digest TEXT NOT NULL,
      updated_at TEXT NOT NULL,
      PRIMARY KEY (repository_id, name),
      FOREIGN KEY (repository_id, digest) REFERENCES manifests (repository_id, digest) ON DELETE CASCADE
    )`,
    'CREATE INDEX tags_by_digest ON tags (repository_id, digest)',
    `CREATE TABLE tag_history (
      id INTEGER PRIMARY KEY,
      repository_id INTEGER NOT NULL REFERENCES repositories (id) ON DELETE CASCADE,
      name TEXT NOT NULL,
      digest TEXT,
      previous TEXT,
      at TEXT NOT NULL
    )`,
    'CREATE INDEX tag_history_by_name ON tag_history (repository_id, name, id)',
  ],
  // Retention: what is kept without a tag, and since when a manifest has not been asked for again.
  [
    `CREATE TABLE pins (
      repository_id INTEGER NOT NULL,
      digest TEXT NOT NULL,
      pinned_at TEXT NOT NULL,
      PRIMARY KEY (repository_id, digest),
      FOREIGN KEY (repository_id, digest) REFERENCES manifests (repository_id, digest) ON DELETE CASCADE
    )`,
    "ALTER TABLE manifests ADD COLUMN recorded_at TEXT NOT NULL DEFAULT ''",
    'UPDATE manifests SET recorded_at = created_at',
    'CREATE INDEX tag_history_by_time ON tag_history (at)',
    // Before there were pins, whatever never had a name was meant to stay.
    `INSERT INTO pins (repository_id, digest, pinned_at)
      SELECT m.repository_id, m.digest, m.created_at FROM manifests m WHERE m.subject IS NULL
      AND NOT EXISTS (SELECT 1 FROM tags t WHERE t.repository_id = m.repository_id AND t.digest = m.digest)
      AND NOT EXISTS (SELECT 1 FROM children c WHERE c.repository_id = m.repository_id AND c.child = m.digest)
      AND NOT EXISTS (SELECT 1 FROM tag_history h WHERE h.repository_id = m.repository_id AND m.digest IN (h.digest, h.previous))`,
  ],
  // The ledger: how far the database has come in the journal, and what is there, findable.
  [
    'CREATE TABLE journal_position (sequence INTEGER NOT NULL, batch INTEGER NOT NULL, hash TEXT NOT NULL)',
    "INSERT INTO journal_position (sequence, batch, hash) VALUES (0, 0, '')",
    `CREATE TABLE audit (
      sequence INTEGER PRIMARY KEY,
      at TEXT NOT NULL,
      actor TEXT,
      client TEXT,
      agent TEXT,
      kind TEXT NOT NULL,
      repository TEXT,
      entry TEXT NOT NULL
    )`,
    'CREATE INDEX audit_by_repository ON audit (repository, sequence)',
    'CREATE INDEX audit_by_actor ON audit (actor, sequence)',
    'ALTER TABLE tag_history ADD COLUMN actor TEXT',
  ],
  // Accounts for programs, tokens of people who sign in elsewhere, and the keys that the registry's own tokens are signed with.
  [
    `CREATE TABLE robots (
      name TEXT PRIMARY KEY,
      description TEXT,
      grants TEXT NOT NULL,
      expires_at TEXT,
      disabled INTEGER NOT NULL,
      created_at TEXT NOT NULL,
      created_by TEXT
    )`,
    `CREATE TABLE robot_secrets (
      id TEXT PRIMARY KEY,
      robot TEXT NOT NULL,
      number INTEGER NOT NULL,
      hash TEXT NOT NULL,
      created_at TEXT NOT NULL,
      ends_at TEXT
    )`,
    'CREATE INDEX robot_secrets_by_robot ON robot_secrets (robot, number)',
    `CREATE TABLE personal_tokens (
      id TEXT PRIMARY KEY,
      owner TEXT NOT NULL,
      member_of TEXT NOT NULL,
      hash TEXT NOT NULL,
      created_at TEXT NOT NULL,
      expires_at TEXT NOT NULL
    )`,
    'CREATE INDEX personal_tokens_by_owner ON personal_tokens (owner, created_at)',
    'CREATE TABLE token_keys (id TEXT PRIMARY KEY, private_key TEXT NOT NULL, created_at TEXT NOT NULL)',
  ],
  policySchema,
  deliverySchema,
  replicationSchema,
  failedReplicationSchema,
  scanSchema,
  fleetSchema,
];

/**
 * Brings the schema to this version, or to an earlier `target`, as tests of a step need it. Several processes may do so at once.
 * Throws CATALOG_FORMAT for a newer schema.
 */
export async function migrate(database: Database, target: number = migrations.length): Promise<void> {
  if ((await formatOf(database)) === target) return;
  await database.transaction(async (statements) => {
    await statements.run(database.schema('CREATE TABLE IF NOT EXISTS catalog_format (version INTEGER NOT NULL)'));
    const version = Number((await statements.get('SELECT version FROM catalog_format'))?.version ?? 0);
    if (version > migrations.length) {
      throw new LadingError(
        'CATALOG_FORMAT',
        `Cannot open the catalog: its format is ${version}, this version knows ${migrations.length}`,
        { hint: 'Use the Lading that wrote it, or a newer one.' },
      );
    }
    for (const step of migrations.slice(version, target))
      for (const sql of step) await statements.run(database.schema(sql));
    await statements.run('DELETE FROM catalog_format');
    await statements.run('INSERT INTO catalog_format (version) VALUES (?)', target);
  });
}

/** Without taking the lock of a writer. A database that is new has no table yet. */
async function formatOf(database: Database): Promise<number | undefined> {
  try {
    return Number((await database.get('SELECT version FROM catalog_format'))?.version);
  } catch {
    return undefined;
  }
}
