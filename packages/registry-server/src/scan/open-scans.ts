import { type Catalog, listDueScans } from '@lading/catalog';
import type { ContentStore } from '@lading/store';
import type { RegistryConfig } from '../config/registry-config.ts';
import type { Events } from '../events/events.ts';
import type { OpenedJobs } from '../jobs/open-jobs.ts';
import type { Metrics } from '../operations/metrics.ts';
import type { Policy } from '../policy/policy.ts';
import { openScanner } from './open-scanner.ts';
import { addScanMetrics } from './scan-metrics.ts';
import type { Scanner } from './scan-task.ts';
import { createScans, type Scans } from './scans.ts';

export interface OpenScansOptions {
  readonly config: RegistryConfig;
  readonly content: ContentStore;
  readonly catalog: Catalog;
  readonly version: string;
  /** Looks into images in a place of its own; in this thread without it. */
  readonly openScanner?: (() => Scanner) | undefined;
  readonly warn: (message: string) => void;
}

/** Looks into what is pushed from now on, and has a job look into what nobody did so far. */
export async function openScans(
  options: OpenScansOptions,
  parts: {
    readonly events: Events;
    readonly metrics: Metrics;
    readonly policy: Policy;
    readonly jobs: Pick<OpenedJobs, 'runner'>;
  },
): Promise<Scans> {
  const { config, content, catalog, version, warn } = options;
  const { events, metrics, policy, jobs } = parts;
  const scanner = options.openScanner?.() ?? (await openScanner({ config, content, catalog, version }));
  const scans = createScans({
    ...{ catalog, events, scanner, warn },
    config: config.scan,
    rules: config.policies.rules,
    onScan: () => policy.refresh(),
  });
  addScanMetrics(metrics, { catalog, scans, config: config.scan });
  const [due] = await listDueScans(catalog.database, { limit: 1 });
  // Refused while one runs in another replica.
  if (due !== undefined) await jobs.runner.start('scan', { actor: 'recovery' }).catch(() => {});
  return scans;
}
