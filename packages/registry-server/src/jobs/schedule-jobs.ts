import { isLadingError } from '@lading/errors';
import type { JobRunner } from './job-runner.ts';
import type { JobSchedules } from './jobs-config.ts';

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
