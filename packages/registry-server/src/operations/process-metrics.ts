import { readdir } from 'node:fs/promises';
import { monitorEventLoopDelay } from 'node:perf_hooks';
import type { Metrics } from './metrics.ts';

/** What every process is asked about, under the names that dashboards know (Prometheus, "Writing client libraries" §process metrics). */
export function addProcessMetrics(metrics: Metrics, version: string): () => void {
  metrics.gauge('lading_build_info', 'Which program this is; the value is 1.', ['version']).set(1, version);
  const cpu = metrics.counter('process_cpu_seconds_total', 'Time that processors spent on this process.');
  const resident = metrics.gauge('process_resident_memory_bytes', 'Memory of this process.');
  const files = metrics.gauge('process_open_fds', 'Open files and sockets.');
  const started = metrics.gauge('process_start_time_seconds', 'When this process began, since 1970.');
  const mean = metrics.gauge(
    'nodejs_eventloop_lag_mean_seconds',
    'How late timers ran on average since the last reading.',
  );
  const worst = metrics.gauge(
    'nodejs_eventloop_lag_max_seconds',
    'How late the latest timer ran since the last reading.',
  );
  started.set(performance.timeOrigin / 1000);
  const delay = monitorEventLoopDelay({ resolution: 20 });
  delay.enable();
  let counted = 0;
  metrics.beforeReading(async () => {
    const { user, system } = process.cpuUsage();
    const seconds = (user + system) / 1e6;
    cpu.add(seconds - counted);
    counted = seconds;
    resident.set(process.memoryUsage.rss());
    mean.set(Number.isNaN(delay.mean) ? 0 : delay.mean / 1e9);
    worst.set(delay.max / 1e9);
    delay.reset();
    // Linux alone has this folder; elsewhere the number stays 0.
    files.set((await readdir('/proc/self/fd').catch(() => [])).length);
  });
  return () => delay.disable();
}
