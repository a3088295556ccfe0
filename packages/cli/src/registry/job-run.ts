import { setTimeout as sleep } from 'node:timers/promises';
import { LadingError } from '@lading/errors';
import type { Result } from '../command.ts';
import type { Context } from '../context.ts';
import { component, type RegistryApi } from '../registry-api.ts';

/** A run of a job, as the API tells it. */
export interface JobRun {
  readonly id: string;
  readonly name: string;
  readonly state: 'running' | 'succeeded' | 'failed' | 'cancelled' | 'lost';
  readonly actor: string;
  readonly startedAt: string;
  readonly endedAt?: string;
  readonly progress?: Readonly<Record<string, unknown>>;
  readonly outcome?: Readonly<Record<string, unknown>>;
  readonly error?: string;
}

const firstMs = 100;
const everyMs = 2000;

/** Starts a job and waits for its end. Throws JOB_FAILED when it did not succeed. */
export async function runRegistryJob(
  context: Context,
  api: RegistryApi,
  name: string,
  options: Readonly<Record<string, unknown>>,
): Promise<Result> {
  const action = `run the job ${name}`;
  let run = await api.send<JobRun>('POST', `/jobs/${component(name)}/runs`, action, { options });
  for (let waitMs = firstMs; run.state === 'running'; waitMs = Math.min(waitMs * 2, everyMs)) {
    await sleep(waitMs, undefined, { signal: context.signal });
    run = await api.get<JobRun>(`/jobs/runs/${component(run.id)}`, action);
  }
  if (run.state === 'succeeded') return { data: run, text: figures(run.outcome) };
  throw new LadingError('JOB_FAILED', `The job ${name} ended as ${run.state}: ${run.error ?? 'it did not say why'}`, {
    details: { run: run.id },
  });
}

/** `blobs 3, bytes 1200` */
export function figures(values: Readonly<Record<string, unknown>> | undefined): string {
  return Object.entries(values ?? {})
    .map(([name, value]) => `${name} ${typeof value === 'object' ? JSON.stringify(value) : String(value)}`)
    .join(', ');
}
