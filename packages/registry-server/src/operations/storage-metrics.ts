import { type Catalog, reclaimableBytes, totalUsage, usageOfAll } from '@lading/catalog';
import type { Metrics } from './metrics.ts';

/** However often metrics are read, the database is asked this often at most. */
const freshMs = 30_000;

/** What lies in the storage, as the catalog keeps count of it: the storage itself is never gone through. */
export function addStorageMetrics(metrics: Metrics, catalog: Catalog): void {
  const bytes = metrics.gauge(
    'lading_storage_bytes',
    'Content that repositories have, each counted once: unique to one repository, or shared by several.',
    ['kind'],
  );
  const reclaimable = metrics.gauge(
    'lading_storage_reclaimable_bytes',
    'Content that only removed manifests need: it can be restored until its window is over, then it is collected.',
  );
  const things = metrics.gauge('lading_storage_objects', 'What repositories have.', ['kind']);
  let read = Number.NEGATIVE_INFINITY;
  metrics.beforeReading(async () => {
    if (performance.now() - read < freshMs) return;
    read = performance.now();
    const [total, all, trash] = await Promise.all([
      totalUsage(catalog.database),
      usageOfAll(catalog.database),
      reclaimableBytes(catalog.database),
    ]);
    const unique = all.reduce((sum, { exclusiveBytes }) => sum + exclusiveBytes, 0);
    bytes.set(unique, 'unique');
    bytes.set(Math.max(0, total.bytes - unique), 'shared');
    reclaimable.set(trash);
    things.set(total.blobs, 'blob');
    things.set(total.manifests, 'manifest');
    things.set(all.length, 'repository');
  });
}
