import { randomUUID } from 'node:crypto';
import { hostname } from 'node:os';
import type { Catalog } from '@lading/catalog';
import { LadingError, messageOf } from '@lading/errors';
import type { ExecuteJob, Job, JobFigures, JobOptions, JobTask } from './job.ts';
import {
  cancelRecord,
  endRecord,
  findRecord,
  type JobRecord,
  type JobState,
  listRecords,
  renewRecord,
  startRecord,
} from './job-record.ts';

export interface JobRunnerOptions {
  readonly catalog: Pick<Catalog, 'database'>;
  readonly jobs: readonly Pick<Job, 'name' | 'summary'>[];
  readonly execute: ExecuteJob;
  /** Told of each run's end; must not throw. */
  readonly onEnd?: ((record: JobRecord) => void) | undefined;
  readonly now?: (() => Date) | undefined;
  /** How often a run holds its lease on and writes its progress: 2 s. */
  readonly heartbeatMs?: number | undefined;
}

/** Runs jobs, each in one replica at a time, and knows their history. */
export interface JobRunner {
  readonly jobs: readonly Pick<Job, 'name' | 'summary'>[];
  /** Resolves once it has begun; `ended` when it is over, whatever became of it. Throws JOB_UNKNOWN, JOB_RUNNING. */
  start(
    name: string,
    start: { readonly actor: string; readonly options?: JobOptions; readonly scheduledFor?: Date },
  ): Promise<StartedJob>;
  /** Undefined when there is none. */
  find(id: string): Promise<JobRecord | undefined>;
  /** Runs of all replicas, latest first. */
  history(filter?: {
    readonly name?: string | undefined;
    readonly limit?: number | undefined;
  }): Promise<readonly JobRecord[]>;
  /** Tells a run to stop, wherever it runs; it does within some seconds. False when it does not run. */
  cancel(id: string, by: string): Promise<boolean>;
  /** Stops what runs here. */
  close(): Promise<void>;
}

export interface StartedJob {
  readonly record: JobRecord;
  readonly ended: Promise<JobRecord>;
}

/** A replica that was silent for so many heartbeats has lost its runs. */
const patience = 8;

export function createJobRunner(options: JobRunnerOptions): JobRunner {
  const { catalog, jobs, execute, onEnd, now = () => new Date(), heartbeatMs = 2000 } = options;
  const { database } = catalog;
  const holder = `${hostname()}:${process.pid}:${randomUUID().slice(0, 8)}`;
  const running = new Map<string, { readonly stop: AbortController; readonly ended: Promise<JobRecord> }>();
  const expiry = (): Date => new Date(now().getTime() + heartbeatMs * patience);

  const run = async (task: JobTask, stop: AbortController): Promise<JobRecord> => {
    let progress: JobFigures | undefined;
    let lost = false;
    let renewing: Promise<void> | undefined;
    const renew = async (): Promise<void> => {
      const latest = progress;
      progress = undefined;
      const state = await renewRecord(database, task.id, expiry(), latest);
      if (state === 'running') return;
      lost = state === 'lost';
      stop.abort(cancelled(task.name));
    };
    const timer = setInterval(() => {
      // Where the database does not answer, another replica takes the job once the lease is over: better to be ready for it.
      renewing ??= renew()
        .catch(() => {})
        .finally(() => {
          renewing = undefined;
        });
    }, heartbeatMs).unref();
    let end: { state: JobState; outcome?: JobFigures; error?: string };
    try {
      const outcome = await execute(task, {
        signal: stop.signal,
        report: (figures) => {
          progress = figures;
        },
      });
      end = { state: 'succeeded', outcome };
    } catch (error) {
      end = stop.signal.aborted ? { state: 'cancelled' } : { state: 'failed', error: messageOf(error) };
    }
    clearInterval(timer);
    await renewing;
    if (!lost) await endRecord(database, task.id, { ...end, at: now() });
    const record = await findRecord(database, task.id);
    if (record === undefined) throw new Error(`the record of job ${task.id} is gone`);
    onEnd?.(record);
    return record;
  };

  return {
    jobs,
    async start(name, { actor, options: jobOptions = {}, scheduledFor }) {
      if (!jobs.some((job) => job.name === name)) {
        throw new LadingError('JOB_UNKNOWN', `Cannot start the job ${JSON.stringify(name)}: there is none`, {
          hint: `Jobs are ${jobs.map((job) => job.name).join(', ')}.`,
        });
      }
      const id = randomUUID();
      const record = { id, name, actor, options: jobOptions, scheduledFor, startedAt: now(), holder };
      const outcome = await startRecord(database, record, expiry());
      if (outcome !== 'started') {
        throw new LadingError('JOB_RUNNING', `Cannot start the job ${name}: it runs already`, {
          details: { job: name },
        });
      }
      const stop = new AbortController();
      const ended = run({ id, name, options: jobOptions, actor }, stop).finally(() => running.delete(id));
      // Whoever wants to know asks the database; an end that could not be written is a run that was lost.
      ended.catch(() => {});
      running.set(id, { stop, ended });
      return { record: { ...record, state: 'running' }, ended };
    },
    find: (id) => findRecord(database, id),
    history: (filter) => listRecords(database, filter),
    async cancel(id, by) {
      if (!(await cancelRecord(database, id, by))) return false;
      running.get(id)?.stop.abort(cancelled(id));
      return true;
    },
    async close() {
      for (const [id, { stop }] of running) stop.abort(cancelled(id));
      await Promise.allSettled([...running.values()].map(({ ended }) => ended));
    },
  };
}

function cancelled(name: string): LadingError {
  return new LadingError('JOB_CANCELLED', `The job ${name} was told to stop`);
}
