/**
 * A step of the schema: which images have to be looked into, what was found, and where the facts lie that it was found by. No part of what
 * the ledger keeps: lost, it is found out again.
 */
export const scanSchema: readonly string[] = [
  // Every image that was recorded, in whichever way, until somebody has looked into it.
  'CREATE TABLE scans_due (digest TEXT PRIMARY KEY, since TEXT NOT NULL)',
  'CREATE INDEX scans_due_by_time ON scans_due (since, digest)',
  `INSERT INTO scans_due (digest, since) SELECT digest, MAX(recorded_at) FROM manifests WHERE artifact_type IN
    ('application/vnd.oci.image.config.v1+json', 'application/vnd.docker.container.image.v1+json') GROUP BY digest`,
  `CREATE TABLE scans (
    digest TEXT PRIMARY KEY,
    state TEXT NOT NULL,
    at TEXT NOT NULL,
    rules TEXT NOT NULL,
    advisories TEXT,
    newest TEXT,
    error TEXT,
    critical INTEGER NOT NULL,
    high INTEGER NOT NULL,
    medium INTEGER NOT NULL,
    low INTEGER NOT NULL,
    negligible INTEGER NOT NULL,
    unknown INTEGER NOT NULL,
    suppressed INTEGER NOT NULL,
    secrets INTEGER,
    first_seen TEXT NOT NULL,
    worst TEXT NOT NULL,
    report TEXT,
    report_size INTEGER,
    revision INTEGER NOT NULL
  )`,
  'CREATE INDEX scans_by_revision ON scans (revision)',
  'CREATE INDEX scans_by_report ON scans (report)',
  'CREATE TABLE scans_version (version INTEGER NOT NULL)',
  'INSERT INTO scans_version (version) VALUES (0)',
  // The bytes lie among the content: they may have megabytes, and a database of many would be mostly that.
  `CREATE TABLE facts (
    kind TEXT NOT NULL,
    digest TEXT NOT NULL,
    content TEXT NOT NULL,
    size INTEGER NOT NULL,
    used_at TEXT NOT NULL,
    PRIMARY KEY (digest, kind)
  )`,
  'CREATE INDEX facts_by_content ON facts (content)',
  'CREATE INDEX facts_by_use ON facts (used_at, digest, kind)',
];
