import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createMetrics } from './metrics.ts';

test('counters, gauges and histograms read as Prometheus expects them', async () => {
  const metrics = createMetrics();
  const requests = metrics.counter('x_requests_total', 'Requests', ['method', 'code']);
  const size = metrics.gauge('x_size_bytes', 'Size\nof it');
  const wait = metrics.histogram('x_wait_seconds', 'Wait', [0.1, 1], ['route']);
  requests.add(1, 'GET', '200');
  requests.add(2, 'GET', '200');
  requests.add(1, 'P"\\\n', '500');
  size.set(12);
  for (const value of [0.1, 0.5, 7]) wait.observe(value, 'blob');
  assert.equal(
    await metrics.text(),
    `# HELP x_requests_total Requests
# TYPE x_requests_total counter
x_requests_total{method="GET",code="200"} 3
x_requests_total{method="P\\"\\\\\\n",code="500"} 1
# HELP x_size_bytes Size\\nof it
# TYPE x_size_bytes gauge
x_size_bytes 12
# HELP x_wait_seconds Wait
# TYPE x_wait_seconds histogram
x_wait_seconds_bucket{route="blob",le="0.1"} 1
x_wait_seconds_bucket{route="blob",le="1"} 2
x_wait_seconds_bucket{route="blob",le="+Inf"} 3
x_wait_seconds_sum{route="blob"} 7.6
x_wait_seconds_count{route="blob"} 3
`,
  );
});

test('names that hide what a metric is are refused', () => {
  const metrics = createMetrics();
  assert.throws(() => metrics.counter('x_requests', ''));
  assert.throws(() => metrics.gauge('x_size_total', ''));
  assert.throws(() => metrics.histogram('x_wait', '', [1]));
  metrics.counter('x_total', '');
  assert.throws(() => metrics.gauge('x_total', ''));
});

test('a label that anybody can make up does not fill the memory', async () => {
  const metrics = createMetrics();
  const counter = metrics.counter('x_total', 'x', ['name', 'kind']);
  for (let index = 0; index < 5000; index++) counter.add(1, `n${index}`, 'k');
  const lines = (await metrics.text()).trimEnd().split('\n');
  assert.equal(lines.length, 2 + 1001);
  assert.ok(lines.includes('x_total{name="other",kind="other"} 4000'));
});

test('what cannot be looked up when somebody reads leaves the rest alone', async () => {
  const metrics = createMetrics();
  const size = metrics.gauge('x_size_bytes', 'Size');
  metrics.beforeReading(() => Promise.reject(new Error('no database')));
  metrics.beforeReading(() => size.set(3));
  assert.match(await metrics.text(), /^x_size_bytes 3$/m);
});
