import { isLadingError } from '@lading/errors';
import type { JobRunner } from './job-runner.ts';

/** Cron patterns of five fields, in UTC, by job. */
export type JobSchedules = Readonly<Record<string, string>>;

/** Starts jobs at their times; of several replicas one does. Returns how to end that. */
export async function scheduleJobs(
  runner: Pick<JobRunner, 'start'>,
  schedules: JobSchedules,
  onProblem: (error: unknown) => void,
): Promise<() => void> {
  const { Cron } = await import('croner');
  const crons = Object.entries(schedules).map(
    ([name, pattern]) =>
      new Cron(pattern, { mode: '5-part', timezone: 'UTC', unref: true, protect: true }, async () => {
        // The same minute for all replicas, whose timers are not equally late.
        const scheduledFor = new Date(Math.floor(Date.now() / 60_000) * 60_000);
        try {
          await runner.start(name, { actor: 'schedule', scheduledFor });
        } catch (error) {
          if (!isLadingError(error, 'JOB_RUNNING')) onProblem(error);
        }
      }),
  );
  return () => {
    for (const cron of crons) cron.stop();
  };
}

/** What is wrong with a pattern; undefined when nothing is. */
export async function scheduleFault(pattern: string): Promise<string | undefined> {
  const { CronPattern } = await import('croner');
  try {
    new CronPattern(pattern, undefined, { mode: '5-part' });
    return undefined;
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}
