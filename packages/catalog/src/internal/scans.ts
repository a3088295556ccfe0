import { type Severity, severities } from '@lading/facts';
import type { Digest } from '@lading/oci';
import type { Database, Row, Statements } from '../database/database.ts';
import { contentItself, review } from './reviews.ts';

/** What was found in an image, in short. The same for all repositories that have it. */
export interface ScanRecord {
  /** Of its manifest. */
  readonly digest: Digest;
  /** `no-image`: it looks like one, but its layers are no file systems. */
  readonly state: 'scanned' | 'failed' | 'no-image';
  readonly at: Date;
  /** What it was judged by: where it changes, the image is judged again. */
  readonly rules: string;
  /** The advisory database, where there was one, and the ISO date of its newest advisory. */
  readonly advisories?: { readonly digest: Digest; readonly newest: string } | undefined;
  /** Why it failed. */
  readonly error?: string | undefined;
  /** Vulnerabilities that count. */
  readonly vulnerabilities: SeverityCounts;
  readonly suppressed: number;
  /** Undefined when they were not looked for. */
  readonly secrets?: number | undefined;
  /** Since when it has vulnerabilities that are so bad or worse, ISO; absent where it has none. */
  readonly firstSeen: Readonly<Partial<Record<Severity, string>>>;
  /** The worst few, for messages: `CVE-2026-1234 in openssl 3.0.1 (fixed in 3.0.2)`. */
  readonly worst: readonly string[];
  /** Content with all of it. */
  readonly report?: { readonly digest: Digest; readonly size: number } | undefined;
}

export type SeverityCounts = Readonly<Record<Severity, number>>;

/** An image that somebody has to look into. */
export interface DueScan {
  readonly digest: Digest;
  /** It was recorded, or asked for, last. */
  readonly since: string;
}

/**
 * Keeps what was found: what is asked of the image from now on. It is due no more, unless it became so again after `due`. A collection takes
 * the report that was there before.
 */
export async function recordScan(statements: Statements, record: ScanRecord, due: DueScan | undefined): Promise<void> {
  const { digest, vulnerabilities, report } = record;
  const at = record.at.toISOString();
  const before = await statements.get('SELECT report FROM scans WHERE digest = ?', digest);
  await statements.run('UPDATE scans_version SET version = version + 1');
  const columns: Readonly<Record<string, string | number | null>> = {
    digest,
    state: record.state,
    at,
    rules: record.rules,
    advisories: record.advisories?.digest ?? null,
    newest: record.advisories?.newest ?? null,
    error: record.error ?? null,
    ...vulnerabilities,
    suppressed: record.suppressed,
    secrets: record.secrets ?? null,
    first_seen: JSON.stringify(record.firstSeen),
    worst: JSON.stringify(record.worst),
    report: report?.digest ?? null,
    report_size: report?.size ?? null,
  };
  const names = Object.keys(columns);
  await statements.run(
    `INSERT INTO scans (${names.join(', ')}, revision) VALUES (${names.map(() => '?').join(', ')}, (SELECT version FROM scans_version))
     ON CONFLICT (digest) DO UPDATE SET ${[...names, 'revision'].map((name) => `${name} = excluded.${name}`).join(', ')}`,
    ...Object.values(columns),
  );
  if (due !== undefined) {
    await statements.run('DELETE FROM scans_due WHERE digest = ? AND since = ?', digest, due.since);
  }
  const old = before?.report ?? null;
  if (old !== null && old !== report?.digest) await review(statements, contentItself, String(old), at);
}

/** Somebody has to look into it. For the applier that records it, and for whoever wants it looked into again. */
export async function demandScan(statements: Pick<Statements, 'run'>, digest: Digest, at: string): Promise<void> {
  await statements.run(
    'INSERT INTO scans_due (digest, since) VALUES (?, ?) ON CONFLICT (digest) DO UPDATE SET since = excluded.since',
    digest,
    at,
  );
}

export async function dueScan(statements: Pick<Statements, 'get'>, digest: Digest): Promise<DueScan | undefined> {
  const row = await statements.get('SELECT since FROM scans_due WHERE digest = ?', digest);
  return row && { digest, since: String(row.since) };
}

/** Images that are due, oldest first. */
export async function listDueScans(
  statements: Pick<Statements, 'all'>,
  { limit, after }: { readonly limit: number; readonly after?: DueScan | undefined },
): Promise<readonly DueScan[]> {
  const rows = await statements.all(
    'SELECT digest, since FROM scans_due WHERE (since, digest) > (?, ?) ORDER BY since, digest LIMIT ?',
    after?.since ?? '',
    after?.digest ?? '',
    limit,
  );
  return rows.map((row) => ({ digest: row.digest as Digest, since: String(row.since) }));
}

/** Images that were judged by other rules, in the order of their digests. */
export async function listStaleScans(
  statements: Pick<Statements, 'all'>,
  rules: string,
  { limit, after = '' }: { readonly limit: number; readonly after?: string | undefined },
): Promise<readonly Digest[]> {
  const rows = await statements.all(
    'SELECT digest FROM scans WHERE rules <> ? AND digest > ? ORDER BY digest LIMIT ?',
    rules,
    after,
    limit,
  );
  return rows.map((row) => row.digest as Digest);
}

export async function findScan(statements: Pick<Statements, 'get'>, digest: Digest): Promise<ScanRecord | undefined> {
  const row = await statements.get('SELECT * FROM scans WHERE digest = ?', digest);
  return row && recordOf(row);
}

/** Goes up with each scan that is recorded. */
export async function scansVersion(statements: Pick<Statements, 'get'>): Promise<number> {
  return Number((await statements.get('SELECT version FROM scans_version'))?.version ?? 0);
}

/** Read at once. */
const rowsAtOnce = 1000;

/** What was recorded after a version, and up to which. */
export async function* scansSince(
  statements: Pick<Statements, 'all'>,
  version: number,
): AsyncGenerator<{ readonly scan: ScanRecord; readonly version: number }, void, undefined> {
  for (let after = version; ; ) {
    const rows = await statements.all(
      'SELECT * FROM scans WHERE revision > ? ORDER BY revision LIMIT ?',
      after,
      rowsAtOnce,
    );
    for (const row of rows) yield { scan: recordOf(row), version: Number(row.revision) };
    if (rows.length < rowsAtOnce) return;
    after = Number(rows.at(-1)?.revision);
  }
}

/** Of all images that a repository has. */
export interface ScanTotals {
  readonly vulnerabilities: SeverityCounts;
  readonly secrets: number;
  readonly scanned: number;
  readonly failed: number;
  /** They wait for it. */
  readonly due: number;
  /** ISO date of the newest advisory that any was judged by. */
  readonly newest?: string | undefined;
}

export async function scanTotals(database: Database): Promise<ScanTotals> {
  const [row, due] = await Promise.all([
    database.get(
      `SELECT ${severities.map((name) => `COALESCE(SUM(${name}), 0) AS ${name}`).join(', ')}, COALESCE(SUM(secrets), 0) AS secrets, MAX(newest) AS newest,
         COALESCE(SUM(CASE WHEN state = 'scanned' THEN 1 ELSE 0 END), 0) AS scanned,
         COALESCE(SUM(CASE WHEN state = 'failed' THEN 1 ELSE 0 END), 0) AS failed
       FROM scans WHERE EXISTS (SELECT 1 FROM manifests m WHERE m.digest = scans.digest)`,
    ),
    database.get('SELECT COUNT(*) AS due FROM scans_due'),
  ]);
  return {
    vulnerabilities: countsOf(row ?? {}),
    secrets: Number(row?.secrets ?? 0),
    scanned: Number(row?.scanned ?? 0),
    failed: Number(row?.failed ?? 0),
    due: Number(due?.due ?? 0),
    ...(typeof row?.newest === 'string' ? { newest: row.newest } : {}),
  };
}

function recordOf(row: Row): ScanRecord {
  return {
    digest: row.digest as Digest,
    state: row.state as ScanRecord['state'],
    at: new Date(String(row.at)),
    rules: String(row.rules),
    ...(row.advisories === null
      ? {}
      : { advisories: { digest: row.advisories as Digest, newest: String(row.newest) } }),
    ...(row.error === null ? {} : { error: String(row.error) }),
    vulnerabilities: countsOf(row),
    suppressed: Number(row.suppressed),
    ...(row.secrets === null ? {} : { secrets: Number(row.secrets) }),
    firstSeen: JSON.parse(String(row.first_seen)) as ScanRecord['firstSeen'], // as recordScan() wrote it
    worst: JSON.parse(String(row.worst)) as ScanRecord['worst'],
    ...(row.report === null ? {} : { report: { digest: row.report as Digest, size: Number(row.report_size) } }),
  };
}

function countsOf(row: Row): SeverityCounts {
  return Object.fromEntries(severities.map((name) => [name, Number(row[name] ?? 0)])) as SeverityCounts;
}
