import type { Events } from '../events/events.ts';
import type { Metrics } from './metrics.ts';

const durations = [0.1, 1, 10, 60, 300, 1800, 7200, 43_200];

/** What jobs say when they end: an event of kind `job`, whose detail has the job, its outcome and how long it took. */
export function addJobMetrics(metrics: Metrics, events: Events): () => void {
  const runs = metrics.counter('lading_job_runs_total', 'Runs of jobs that ended.', ['job', 'outcome']);
  const duration = metrics.histogram('lading_job_duration_seconds', 'How long jobs ran.', durations, ['job']);
  const succeeded = metrics.gauge(
    'lading_job_last_success_time_seconds',
    'When a job last succeeded here, since 1970.',
    ['job'],
  );
  const freed = metrics.counter('lading_gc_freed_bytes_total', 'Content that collections removed.');
  return events.subscribe(({ kind, detail = {}, at }) => {
    if (kind !== 'job') return;
    const job = String(detail.job);
    const outcome = String(detail.outcome);
    runs.add(1, job, outcome);
    if (typeof detail.durationMs === 'number') duration.observe(detail.durationMs / 1000, job);
    if (outcome === 'succeeded') succeeded.set(at.getTime() / 1000, job);
    if (typeof detail.freedBytes === 'number') freed.add(detail.freedBytes);
  });
}
