import { type Catalog, scanTotals } from '@lading/catalog';
import { severities } from '@lading/facts';
import type { Metrics } from '../operations/metrics.ts';
import type { ScanConfig } from './scan-config.ts';
import type { Scans } from './scans.ts';

/** However often metrics are read, the database is asked this often at most. */
const freshMs = 30_000;
/** From a small layer to a large image. */
const durations = [0.01, 0.05, 0.1, 0.5, 1, 5, 10, 30, 60, 300, 1800];

/** What was found in images, all repositories together: as labels those would be as many as anybody likes. */
export function addScanMetrics(
  metrics: Metrics,
  { catalog, scans, config }: { readonly catalog: Catalog; readonly scans: Scans; readonly config: ScanConfig },
): void {
  const vulnerabilities = metrics.gauge(
    'lading_vulnerabilities',
    'Vulnerabilities of images that count, each for each image.',
    ['severity'],
  );
  const secrets = metrics.gauge('lading_secrets', 'Secrets in images that count, each for each image.');
  const images = metrics.gauge(
    'lading_images',
    'Images that were looked into (scanned), could not be (failed), or wait for it (unscanned).',
    ['state'],
  );
  const queue = metrics.gauge('lading_scan_queue', 'Blobs and images that wait or are looked into in this process.');
  const duration = metrics.histogram(
    'lading_scan_duration_seconds',
    'How long looking into a blob or an image took.',
    durations,
    ['kind', 'outcome'],
  );
  const age =
    config.advisories &&
    metrics.gauge('lading_advisories_age_seconds', 'How old the newest advisory is that any image was judged by.');
  scans.subscribe(({ task, outcome, durationMs }) => duration.observe(durationMs / 1000, task.kind, outcome));
  let newest: number | undefined;
  let read = Number.NEGATIVE_INFINITY;
  metrics.beforeReading(async () => {
    queue.set(scans.queued);
    if (newest !== undefined) age?.set((Date.now() - newest) / 1000);
    if (performance.now() - read < freshMs) return;
    read = performance.now();
    const totals = await scanTotals(catalog.database);
    for (const severity of severities) vulnerabilities.set(totals.vulnerabilities[severity], severity);
    secrets.set(totals.secrets);
    images.set(totals.scanned, 'scanned');
    images.set(totals.failed, 'failed');
    images.set(totals.due, 'unscanned');
    if (totals.newest) newest = Date.parse(totals.newest);
  });
}
