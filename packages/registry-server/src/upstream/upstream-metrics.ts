import type { Counter, Gauge, Metrics } from '../operations/metrics.ts';
import type { UpstreamState } from './upstreams.ts';

export interface UpstreamMetrics {
  /** Requests to repositories that are a cache, by how they were served: `cached`, `stale`, `fetched`, `joined`, `absent`, `failed`. */
  readonly served: Counter;
  readonly bytes: Counter;
  readonly fetches: Gauge;
}

export function createUpstreamMetrics(metrics: Metrics, states: () => readonly UpstreamState[]): UpstreamMetrics {
  const condition = metrics.gauge('lading_upstream_up', 'Whether an upstream answers as it should.', ['upstream']);
  const remaining = metrics.gauge('lading_upstream_pulls_remaining', 'Pulls that an upstream still allows.', [
    'upstream',
  ]);
  metrics.beforeReading(() => {
    for (const state of states()) {
      const upstream = state.prefix || state.registry;
      condition.set(state.condition === 'good' ? 1 : 0, upstream);
      if (state.limit !== undefined) remaining.set(state.limit.remaining, upstream);
    }
  });
  return {
    served: metrics.counter(
      'lading_cache_requests_total',
      'What was asked of repositories that are a cache: cached, stale (the upstream failed), fetched, joined (a fetch that ran), absent, failed.',
      ['kind', 'outcome'],
    ),
    bytes: metrics.counter('lading_cache_fetched_bytes_total', 'Bytes that came from upstreams.'),
    fetches: metrics.gauge('lading_cache_fetches_running', 'Blobs that come from upstreams now.'),
  };
}
