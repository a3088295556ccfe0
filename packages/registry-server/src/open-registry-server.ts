import type { Catalog } from '@lading/catalog';
import { messageOf } from '@lading/errors';
import type { ContentStore } from '@lading/store';
import { openConfiguredAccess } from './access/configured-access.ts';
import type { OriginOptions } from './access/origin.ts';
import type { RegistryConfig } from './config/registry-config.ts';
import { shownConfiguration } from './config/shown-configuration.ts';
import { createEvents } from './events/events.ts';
import { createWebhooks } from './events/webhooks.ts';
import { createManifestCache } from './internal/manifest-cache.ts';
import type { ExecuteJob } from './jobs/job.ts';
import { openJobs } from './jobs/open-jobs.ts';
import type { AccessEntry } from './operations/access-log.ts';
import { addJobMetrics } from './operations/job-metrics.ts';
import { createMetrics } from './operations/metrics.ts';
import { openTracing } from './operations/open-tracing.ts';
import { addProcessMetrics } from './operations/process-metrics.ts';
import { addStorageMetrics } from './operations/storage-metrics.ts';
import { loadTls } from './operations/tls.ts';
import { watchFiles } from './operations/watch-files.ts';
import { createPolicy } from './policy/create-policy.ts';
import { reportRefusals } from './policy/report-refusals.ts';
import { trackPulls } from './policy/track-pulls.ts';
import { createRegistryServer, type RegistryServer } from './registry-server.ts';
import { createReplications } from './replication/replications.ts';
import { scheduleReplication } from './replication/schedule-replication.ts';
import { openScans } from './scan/open-scans.ts';
import type { Scanner } from './scan/scan-task.ts';

export interface OpenRegistryServerOptions {
  readonly config: RegistryConfig;
  /** They stay the caller's. */
  readonly content: ContentStore;
  readonly catalog: Catalog;
  /** Of the program. */
  readonly version: string;
  /** Told of every request after its answer; must not throw. */
  readonly onRequest?: ((entry: AccessEntry) => void) | undefined;
  /** Runs jobs in a place of their own; they run beside requests without it. */
  readonly executeJob?: ExecuteJob | undefined;
  /** Looks into images in a place of its own; beside requests without it. */
  readonly openScanner?: (() => Scanner) | undefined;
  /** Told of what goes wrong beside requests, in a sentence. */
  readonly warn: (message: string) => void;
}

export interface OpenedRegistryServer extends RegistryServer {
  /** Whoever reaches it may do everything, as it was opened. A reload that makes it so warns. */
  readonly isOpen: boolean;
  /** Takes another configuration; what cannot change while it runs keeps its value. Rejects, with all as it was, when it cannot be used. */
  reload(config: RegistryConfig): Promise<void>;
}

/** A registry as its configuration says: each domain is set up from its section here. The caller closes it. */
export async function openRegistryServer(options: OpenRegistryServerOptions): Promise<OpenedRegistryServer> {
  const opened: Part[] = [];
  const close = async (): Promise<void> => {
    for (const part of opened.splice(0).toReversed()) await part.close();
  };
  try {
    return await openParts(options, opened, close);
  } catch (error) {
    await close();
    throw error;
  }
}

const nowOpen =
  'The configuration has no section "access" any more: from now on whoever reaches the registry may read, write and delete';

/** Something that runs until it is closed. */
interface Part {
  close(): unknown;
}

/** What is opened on the way is added to `parts`, to be closed in reverse. */
async function openParts(
  options: OpenRegistryServerOptions,
  parts: Part[],
  closeParts: () => Promise<void>,
): Promise<OpenedRegistryServer> {
  const own = <P extends Part>(part: P): P => {
    parts.push(part);
    return part;
  };
  const { config, content, catalog, warn } = options;
  const { server, operations } = config;
  const metrics = createMetrics();
  const events = createEvents();
  const origin: OriginOptions = { url: server.url, isTrustedProxy: server.isTrustedProxy };
  const tls = server.tls === undefined ? undefined : await loadTls(server.tls);

  const tracing = await openTracing({ config: operations.traces, version: options.version, origin });
  if (tracing !== undefined) own(tracing);
  const webhooks = own(
    createWebhooks({
      catalog,
      events,
      metrics,
      hooks: config.webhooks,
      source: server.url ?? 'urn:lading:registry',
      warn,
    }),
  );
  addStorageMetrics(metrics, catalog);
  own({ close: addJobMetrics(metrics, events) });
  own({ close: addProcessMetrics(metrics, options.version) });
  const onProblem = (problem: unknown): void => warn(messageOf(problem));
  const access = own(await openConfiguredAccess(config.access, { catalog, origin, onProblem }));
  let current = config;
  // A registry that is no cache does not load the client.
  const cache = config.upstreams.length === 0 ? undefined : await import('./upstream/create-upstreams.ts');

  const manifests = createManifestCache();
  const policy = own(await createPolicy({ catalog, config: config.policies, manifests }));
  own(trackPulls(catalog, events));
  own(reportRefusals(catalog, events, onProblem));
  const jobs = own(
    await openJobs({ catalog, content, config, events, version: options.version, execute: options.executeJob, warn }),
  );
  const scans = config.scan.enabled ? own(await openScans(options, { events, metrics, policy, jobs })) : undefined;
  const replications = createReplications(catalog, metrics, config.replication);
  const replication = own(
    await scheduleReplication({ runner: jobs.runner, events, rules: config.replication, onProblem }),
  );

  const opened = createRegistryServer({
    content,
    catalog,
    manifests,
    policy,
    jobs: jobs.runner,
    scans,
    access: access.access,
    metrics,
    events,
    origin,
    webhooks,
    replications,
    ...(cache === undefined ? {} : { upstreams: (parts) => cache.createUpstreams(parts, config.upstreams) }),
    ...(tracing === undefined ? {} : { tracing }),
    about: { version: options.version, configuration: () => shownConfiguration(current) },
    absoluteLocations: server.absoluteLocations,
    redirects: server.redirects,
    openMetrics: operations.openMetrics,
    idleTimeoutMs: server.idleMs,
    ...(tls === undefined
      ? {}
      : { tls: { ...tls, requireClientCertificate: server.tls?.requireClientCertificate ?? false } }),
    ...(options.onRequest === undefined ? {} : { onRequest: options.onRequest }),
  });

  const reloads = metrics.counter('lading_reloads_total', 'Times that configuration or certificates were read again.', [
    'outcome',
  ]);
  const reloaded = async (work: () => Promise<void>): Promise<void> => {
    try {
      await work();
      reloads.add(1, 'success');
    } catch (error) {
      reloads.add(1, 'failure');
      throw error;
    }
  };
  /** Reads the certificate; what it gives puts it in use. */
  let prepareTls = async (): Promise<() => void> => () => {};
  if (server.tls !== undefined && tls !== undefined) {
    const files = server.tls;
    const expiry = metrics.gauge(
      'lading_tls_certificate_expiry_time_seconds',
      'When the certificate ends, since 1970.',
    );
    expiry.set(tls.notAfter.getTime() / 1000);
    prepareTls = async () => {
      const renewed = await loadTls(files);
      return () => {
        opened.renewTls(renewed);
        expiry.set(renewed.notAfter.getTime() / 1000);
      };
    };
    const renewTls = async (): Promise<void> => (await prepareTls())();
    const paths = [
      files.certificate,
      files.key,
      ...(files.clientAuthorities === undefined ? [] : [files.clientAuthorities]),
    ];
    const kept = 'the certificate that was read last stays in use';
    own({
      close: watchFiles(paths, () => reloaded(renewTls).catch((error) => warn(`${messageOf(error)}; ${kept}`))),
    });
  }

  return {
    ...opened,
    isOpen: access.isOpen(),
    reload: (next) =>
      reloaded(async () => {
        // First what can fail, so that then nothing has changed.
        const useTls = await prepareTls();
        const wasOpen = access.isOpen();
        await access.reload(next.access, { url: next.server.url, isTrustedProxy: next.server.isTrustedProxy });
        if (!wasOpen && access.isOpen()) warn(nowOpen);
        useTls();
        await policy.reconfigure(next.policies);
        scans?.configure(next.policies.rules);
        await jobs.reload(next);
        await replication.reload(next.replication);
        replications.configure(next.replication);
        opened.registry.upstreams?.configure(next.upstreams);
        if (cache === undefined && next.upstreams.length > 0) warn('The first upstream needs a restart');
        webhooks.configure(next.webhooks);
        current = next;
      }),
    async close(graceMs) {
      const whole = await opened.close(graceMs);
      await closeParts();
      return whole;
    },
  };
}
