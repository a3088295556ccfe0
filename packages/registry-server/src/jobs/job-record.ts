import type { Database, Row, Statements } from '@lading/catalog';
import type { JobFigures, JobOptions } from './job.ts';

export type JobState = 'running' | 'succeeded' | 'failed' | 'cancelled' | 'lost';

/** A run of a job, as the database keeps it. */
export interface JobRecord {
  readonly id: string;
  readonly name: string;
  /** `lost`: its replica ended, or lost the database, before it could say how it went. */
  readonly state: JobState;
  readonly actor: string;
  readonly options: JobOptions;
  readonly scheduledFor?: Date | undefined;
  readonly startedAt: Date;
  readonly endedAt?: Date | undefined;
  /** The replica it runs or ran in. */
  readonly holder: string;
  readonly progress?: JobFigures | undefined;
  readonly outcome?: JobFigures | undefined;
  readonly error?: string | undefined;
  readonly cancelledBy?: string | undefined;
}

/** Old records go when there are so many of a job. */
const kept = 200;

/** How a start was decided. */
export type StartOutcome = 'started' | 'running' | 'already-scheduled';

/**
 * Starts a run if none of that job holds an unexpired lease, and none was started for the same time of its schedule: of several replicas
 * that want to, one does.
 */
export async function startRecord(
  database: Database,
  record: Pick<JobRecord, 'id' | 'name' | 'actor' | 'options' | 'scheduledFor' | 'startedAt' | 'holder'>,
  expiresAt: Date,
): Promise<StartOutcome> {
  const now = record.startedAt.toISOString();
  const scheduledFor = record.scheduledFor?.toISOString() ?? null;
  return database.transaction(async (statements) => {
    const lease = await statements.get('SELECT job, expires_at FROM job_leases WHERE name = ?', record.name);
    if (lease !== undefined && String(lease.expires_at) > now) return 'running';
    if (scheduledFor !== null) {
      const earlier = await statements.get(
        'SELECT 1 AS found FROM jobs WHERE name = ? AND scheduled_for = ?',
        record.name,
        scheduledFor,
      );
      if (earlier !== undefined) return 'already-scheduled';
    }
    await statements.run(
      "UPDATE jobs SET state = 'lost', ended_at = ? WHERE name = ? AND state = 'running'",
      now,
      record.name,
    );
    await statements.run('DELETE FROM job_leases WHERE name = ?', record.name);
    await statements.run(
      'INSERT INTO job_leases (name, job, holder, expires_at) VALUES (?, ?, ?, ?)',
      record.name,
      record.id,
      record.holder,
      expiresAt.toISOString(),
    );
    await statements.run(
      `INSERT INTO jobs (id, name, state, actor, options, scheduled_for, started_at, holder)
       VALUES (?, ?, 'running', ?, ?, ?, ?, ?)`,
      record.id,
      record.name,
      record.actor,
      JSON.stringify(record.options),
      scheduledFor,
      now,
      record.holder,
    );
    await dropOld(statements, record.name);
    return 'started';
  });
}

/** Holds the lease on. What the run has to know: that it was cancelled, or that another has taken its place. */
export async function renewRecord(
  database: Database,
  id: string,
  expiresAt: Date,
  progress: JobFigures | undefined,
): Promise<'running' | 'cancelled' | 'lost'> {
  return database.transaction(async (statements) => {
    const held = await statements.run(
      'UPDATE job_leases SET expires_at = ? WHERE job = ?',
      expiresAt.toISOString(),
      id,
    );
    if (held === 0) return 'lost';
    if (progress !== undefined) {
      await statements.run('UPDATE jobs SET progress = ? WHERE id = ?', JSON.stringify(progress), id);
    }
    const row = await statements.get('SELECT cancelled_by FROM jobs WHERE id = ?', id);
    return row === undefined || row.cancelled_by === null ? 'running' : 'cancelled';
  });
}

export async function endRecord(
  database: Database,
  id: string,
  end: { readonly state: JobState; readonly at: Date; readonly outcome?: JobFigures; readonly error?: string },
): Promise<void> {
  await database.transaction(async (statements) => {
    await statements.run(
      "UPDATE jobs SET state = ?, ended_at = ?, outcome = ?, error = ? WHERE id = ? AND state = 'running'",
      end.state,
      end.at.toISOString(),
      end.outcome === undefined ? null : JSON.stringify(end.outcome),
      end.error ?? null,
      id,
    );
    await statements.run('DELETE FROM job_leases WHERE job = ?', id);
  });
}

/** False when it does not run. */
export async function cancelRecord(database: Database, id: string, by: string): Promise<boolean> {
  const rows = await database.run("UPDATE jobs SET cancelled_by = ? WHERE id = ? AND state = 'running'", by, id);
  return rows > 0;
}

export async function findRecord(database: Database, id: string): Promise<JobRecord | undefined> {
  const row = await database.get('SELECT * FROM jobs WHERE id = ?', id);
  return row && recordOf(row);
}

/** Latest first. */
export async function listRecords(
  database: Database,
  { name, limit = 50 }: { readonly name?: string | undefined; readonly limit?: number | undefined } = {},
): Promise<readonly JobRecord[]> {
  const rows =
    name === undefined
      ? await database.all('SELECT * FROM jobs ORDER BY started_at DESC, id LIMIT ?', limit)
      : await database.all('SELECT * FROM jobs WHERE name = ? ORDER BY started_at DESC, id LIMIT ?', name, limit);
  return rows.map(recordOf);
}

async function dropOld(statements: Statements, name: string): Promise<void> {
  const oldest = await statements.get(
    'SELECT started_at FROM jobs WHERE name = ? ORDER BY started_at DESC LIMIT 1 OFFSET ?',
    name,
    kept,
  );
  if (oldest === undefined) return;
  await statements.run('DELETE FROM jobs WHERE name = ? AND started_at <= ?', name, oldest.started_at ?? '');
}

function recordOf(row: Row): JobRecord {
  return {
    id: String(row.id),
    name: String(row.name),
    state: row.state as JobState,
    actor: String(row.actor),
    options: JSON.parse(String(row.options)) as JobOptions, // as startRecord() wrote it
    scheduledFor: dateOf(row.scheduled_for),
    startedAt: new Date(String(row.started_at)),
    endedAt: dateOf(row.ended_at),
    holder: String(row.holder),
    progress: figuresOf(row.progress),
    outcome: figuresOf(row.outcome),
    error: row.error === null ? undefined : String(row.error),
    cancelledBy: row.cancelled_by === null ? undefined : String(row.cancelled_by),
  };
}

function dateOf(value: Row[string] | undefined): Date | undefined {
  return value === null || value === undefined ? undefined : new Date(String(value));
}

function figuresOf(value: Row[string] | undefined): JobFigures | undefined {
  return value === null || value === undefined ? undefined : (JSON.parse(String(value)) as JobFigures);
}
