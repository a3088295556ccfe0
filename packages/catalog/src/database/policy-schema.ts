/** A step of the schema: what a collection looks at next, what can be restored, what is refused or warned of, how much there is, and jobs. */
export const policySchema: readonly string[] = [
  "ALTER TABLE blobs ADD COLUMN asked_at TEXT NOT NULL DEFAULT ''",
  'UPDATE blobs SET asked_at = created_at',
  // Also for who asks within a repository: it may have millions.
  'DROP INDEX children_by_child',
  'CREATE INDEX children_by_child ON children (child, repository_id)',
  `CREATE TABLE reviews (
    repository_id INTEGER NOT NULL,
    digest TEXT NOT NULL,
    since TEXT NOT NULL,
    PRIMARY KEY (repository_id, digest)
  )`,
  'CREATE INDEX reviews_by_time ON reviews (since, repository_id, digest)',
  'INSERT INTO reviews (repository_id, digest, since) SELECT repository_id, digest, created_at FROM blobs',
  'CREATE TABLE collected (digest TEXT PRIMARY KEY, state TEXT NOT NULL, mark TEXT NOT NULL, at TEXT NOT NULL)',
  `CREATE TABLE trash (
    repository_id INTEGER NOT NULL REFERENCES repositories (id) ON DELETE CASCADE,
    digest TEXT NOT NULL,
    size INTEGER NOT NULL,
    media_type TEXT NOT NULL,
    tags TEXT NOT NULL,
    at TEXT NOT NULL,
    actor TEXT,
    PRIMARY KEY (repository_id, digest)
  )`,
  'CREATE INDEX trash_by_time ON trash (at, digest)',
  'CREATE INDEX trash_by_digest ON trash (digest)',
  `CREATE TABLE trash_parts (
    repository_id INTEGER NOT NULL,
    manifest TEXT NOT NULL,
    digest TEXT NOT NULL,
    kind TEXT NOT NULL,
    size INTEGER NOT NULL,
    PRIMARY KEY (repository_id, manifest, digest),
    FOREIGN KEY (repository_id, manifest) REFERENCES trash (repository_id, digest) ON DELETE CASCADE
  )`,
  'CREATE INDEX trash_parts_by_digest ON trash_parts (digest, repository_id)',
  'CREATE TABLE quarantine (digest TEXT PRIMARY KEY, reason TEXT NOT NULL, at TEXT NOT NULL, actor TEXT)',
  'CREATE TABLE quarantined (digest TEXT NOT NULL, cause TEXT NOT NULL, PRIMARY KEY (digest, cause))',
  'CREATE INDEX quarantined_by_cause ON quarantined (cause)',
  `CREATE TABLE deprecations (
    repository TEXT NOT NULL,
    reference TEXT NOT NULL,
    after TEXT NOT NULL,
    message TEXT NOT NULL,
    at TEXT NOT NULL,
    actor TEXT,
    PRIMARY KEY (repository, reference)
  )`,
  'CREATE TABLE purged (digest TEXT PRIMARY KEY, at TEXT NOT NULL, purge TEXT NOT NULL)',
  'CREATE TABLE purges (id TEXT PRIMARY KEY, at TEXT NOT NULL, actor TEXT, decision TEXT NOT NULL)',
  'CREATE TABLE receipts (id TEXT PRIMARY KEY, at TEXT NOT NULL, receipt TEXT NOT NULL)',
  'CREATE TABLE cautions_version (version INTEGER NOT NULL)',
  'INSERT INTO cautions_version (version) VALUES (1)',
  `CREATE TABLE repository_usage (
    repository_id INTEGER PRIMARY KEY,
    bytes BIGINT NOT NULL,
    exclusive_bytes BIGINT NOT NULL,
    blobs INTEGER NOT NULL,
    manifests INTEGER NOT NULL
  )`,
  `INSERT INTO repository_usage (repository_id, bytes, exclusive_bytes, blobs, manifests)
    SELECT repository_id, SUM(size), SUM(CASE WHEN holders = 1 THEN size ELSE 0 END), SUM(blob), SUM(1 - blob) FROM (
      SELECT b.repository_id, b.size, 1 AS blob, (SELECT count(*) FROM blobs o WHERE o.digest = b.digest) AS holders FROM blobs b
      UNION ALL
      SELECT m.repository_id, m.size, 0, (SELECT count(*) FROM manifests o WHERE o.digest = m.digest) FROM manifests m
    ) held GROUP BY repository_id`,
  // All repositories together, in which what they share counts once, are the repository 0.
  `INSERT INTO repository_usage (repository_id, bytes, exclusive_bytes, blobs, manifests)
    SELECT 0, COALESCE(SUM(size), 0), 0, COALESCE(SUM(blob), 0), COALESCE(SUM(1 - blob), 0) FROM (
      SELECT DISTINCT digest, size, 1 AS blob FROM blobs UNION ALL SELECT DISTINCT digest, size, 0 FROM manifests
    ) held`,
  `CREATE TABLE pulls (
    repository_id INTEGER NOT NULL REFERENCES repositories (id) ON DELETE CASCADE,
    name TEXT NOT NULL,
    at TEXT NOT NULL,
    PRIMARY KEY (repository_id, name)
  )`,
  'CREATE TABLE pulls_since (at TEXT NOT NULL)',
  `CREATE TABLE jobs (
    id TEXT PRIMARY KEY,
    name TEXT NOT NULL,
    state TEXT NOT NULL,
    actor TEXT NOT NULL,
    options TEXT NOT NULL,
    scheduled_for TEXT,
    started_at TEXT NOT NULL,
    ended_at TEXT,
    holder TEXT NOT NULL,
    progress TEXT,
    outcome TEXT,
    error TEXT,
    cancelled_by TEXT
  )`,
  'CREATE INDEX jobs_by_time ON jobs (started_at, id)',
  'CREATE UNIQUE INDEX jobs_by_schedule ON jobs (name, scheduled_for)',
  'CREATE TABLE job_leases (name TEXT PRIMARY KEY, job TEXT NOT NULL, holder TEXT NOT NULL, expires_at TEXT NOT NULL)',
  'CREATE TABLE signing_keys (id TEXT PRIMARY KEY, private_key TEXT NOT NULL, created_at TEXT NOT NULL)',
];
