import { type Catalog, createCollection } from '@lading/catalog';
import { messageOf } from '@lading/errors';
import type { RegistryConfig } from '../config/registry-config.ts';
import type { Events } from '../events/events.ts';
import { allJobs } from './all-jobs.ts';
import type { ExecuteJob, JobContext } from './job.ts';
import type { JobRecord } from './job-record.ts';
import { createJobRunner, type JobRunner } from './job-runner.ts';
import type { JobSchedules } from './jobs-config.ts';
import { executeHere } from './run-job.ts';
import { scheduleJobs } from './schedule-jobs.ts';

/** How often it is looked whether a collection was broken off. */
const resumeMs = 5000;

export interface OpenJobsOptions extends Pick<JobContext, 'catalog' | 'content'> {
  readonly config: RegistryConfig;
  /** Of the program. */
  readonly version?: string | undefined;
  readonly events: Events;
  /** Where tasks run: in this thread, unless told. */
  readonly execute?: ExecuteJob | undefined;
  readonly warn: (message: string) => void;
}

export interface OpenedJobs {
  readonly runner: JobRunner;
  reload(config: RegistryConfig): Promise<void>;
  close(): Promise<void>;
}

/** The jobs of a registry, at the times that its configuration says. */
export async function openJobs(options: OpenJobsOptions): Promise<OpenedJobs> {
  const { catalog, content, events, version, warn } = options;
  let { config } = options;
  const execute = options.execute ?? executeHere(() => ({ catalog, content, config, version }));
  const runner = createJobRunner({ catalog, jobs: allJobs, execute, onEnd: (record) => tell(events, record, warn) });
  const schedule = (): Promise<() => void> =>
    scheduleJobs(runner, schedulesOf(config), (error) => warn(messageOf(error)));
  let unschedule = await schedule();
  const resuming = setInterval(() => void resumeCollection(runner, catalog).catch(() => {}), resumeMs).unref();
  return {
    runner,
    async reload(next) {
      config = next;
      unschedule();
      unschedule = await schedule();
    },
    async close() {
      clearInterval(resuming);
      unschedule();
      await runner.close();
    },
  };
}

/** A job that has nothing to do is not in its history every time. */
function schedulesOf({ jobs, scan: { enabled } }: RegistryConfig): JobSchedules {
  const { scan, watch, ...others } = jobs.schedules;
  if (!enabled) return others;
  return { ...others, ...(scan === undefined ? {} : { scan }), ...(watch === undefined ? {} : { watch }) };
}

/** Content that a collection had marked when its replica died: whoever wants to push it waits, so the next time of the schedule is too late. */
async function resumeCollection(runner: JobRunner, catalog: Catalog): Promise<void> {
  if ((await createCollection(catalog).unsettled()).length === 0) return;
  // Refused while one runs, or may still run.
  await runner.start('gc', { actor: 'recovery' });
}

function tell(events: Events, record: JobRecord, warn: (message: string) => void): void {
  const { id, name, state, outcome, error, startedAt, endedAt = startedAt } = record;
  events.emit({
    kind: 'job',
    repository: '',
    actor: `job:${name}`,
    at: endedAt,
    detail: {
      job: name,
      id,
      outcome: state,
      durationMs: endedAt.getTime() - startedAt.getTime(),
      ...(typeof outcome?.bytes === 'number' ? { freedBytes: outcome.bytes } : {}),
      ...(error === undefined ? {} : { error }),
    },
  });
  if (state === 'failed') warn(`the job ${name} failed: ${error}`);
}
