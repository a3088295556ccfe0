import { LadingError } from '@lading/errors';
import { allJobs } from './all-jobs.ts';
import { type ExecuteJob, type JobContext, type JobFigures, type JobTask, jobActor } from './job.ts';

/** Runs a task with the parts that its thread has. */
export async function runJob(task: JobTask, context: Omit<JobContext, 'options' | 'by'>): Promise<JobFigures> {
  const job = allJobs.find(({ name }) => name === task.name);
  if (job === undefined)
    throw new LadingError('JOB_UNKNOWN', `Cannot run the job ${JSON.stringify(task.name)}: there is none`);
  return job.run({ ...context, options: task.options, by: jobActor(job.name) });
}

/** Runs tasks in this thread: where there is no place that another could open, such as a database in memory. */
export function executeHere(parts: () => Pick<JobContext, 'catalog' | 'content' | 'config' | 'version'>): ExecuteJob {
  return (task, io) => runJob(task, { ...parts(), ...io });
}
