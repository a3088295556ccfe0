import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Catalog } from '@lading/catalog';
import type { ContentStore } from '@lading/store';
import { type Access, openAccess } from './access/access.ts';
import type { OriginOptions } from './access/origin.ts';
import { createEvents, type Events } from './events/events.ts';
import type { Webhooks } from './events/webhooks.ts';
import type { About, Registry } from './exchange.ts';
import { createManifestCache, type ManifestCache } from './internal/manifest-cache.ts';
import { createUploads } from './internal/uploads.ts';
import type { JobRunner } from './jobs/job-runner.ts';
import { type AccessEntry, accessEntry } from './operations/access-log.ts';
import { type Check, checksOf, createHealth } from './operations/health.ts';
import { type Address, createListener } from './operations/listener.ts';
import { createMetrics, type Metrics } from './operations/metrics.ts';
import { createRegistryMetrics } from './operations/registry-metrics.ts';
import { createRequestIds } from './operations/request-id.ts';
import type { LoadedTls } from './operations/tls.ts';
import type { Tracing } from './operations/tracing.ts';
import { noPolicy, type Policy } from './policy/policy.ts';
import type { Replications } from './replication/replications.ts';
import type { Scans } from './scan/scans.ts';
import { createService } from './serve-request.ts';
import type { CachingRegistry } from './upstream/cache-parts.ts';
import type { Upstreams } from './upstream/upstreams.ts';

export interface RegistryServerOptions {
  /** Where blobs and manifests lie. It stays the caller's. */
  readonly content: ContentStore;
  /** What the repositories are. It stays the caller's. */
  readonly catalog: Catalog;
  /** Who may do what: everyone everything, unless given. */
  readonly access?: Access;
  /** What may happen in which repository: everything, unless given. */
  readonly policy?: Policy;
  /** How far replication has come. */
  readonly replications?: Replications;
  /** Long work, and who runs it. It stays the caller's. */
  readonly jobs?: JobRunner;
  /** What looks into images. It stays the caller's. */
  readonly scans?: Scans | undefined;
  /** Manifests in memory, where somebody else has to know of them. */
  readonly manifests?: ManifestCache;
  /** Makes what brings the contents of repositories that are a cache. It is closed with the server. */
  readonly upstreams?: (registry: CachingRegistry) => Upstreams;
  /** Where what happens is told: somewhere of its own, unless given. */
  readonly events?: Events;
  /** What is counted: in something of its own, unless given. */
  readonly metrics?: Metrics;
  /** Proxies in front, and the name that clients know the registry by. */
  readonly origin?: OriginOptions;
  /** `Location` and `Link` with scheme and host, for clients that cannot follow others. */
  readonly absoluteLocations?: boolean;
  /** Clients fetch blobs from where the content store has them, if it can give them a URL. */
  readonly redirects?: boolean;
  /** They stay the caller's. */
  readonly webhooks?: Webhooks;
  readonly about?: About;
  readonly tls?: LoadedTls & { readonly requireClientCertificate: boolean };
  /** It stays the caller's. */
  readonly tracing?: Tracing;
  /** `/metrics` answers whoever asks, not administrators alone. */
  readonly openMetrics?: boolean;
  /** What `/readyz` asks besides database and storage. */
  readonly checks?: Readonly<Record<string, Check>>;
  /** Told of every request after its answer; must not throw. */
  readonly onRequest?: (entry: AccessEntry) => void;
  /** A connection that moves no byte for so long is closed: 120 s. */
  readonly idleTimeoutMs?: number;
}

export interface RegistryServer {
  /** What handlers work on, for who adds to it. */
  readonly registry: Registry;
  /** Binds and serves. `port` 0 takes a free one. Throws SERVER_LISTEN. */
  listen(address: Address): Promise<Address>;
  /** A second address, without TLS, for health and metrics alone; no permission is asked for there. Throws SERVER_LISTEN. */
  listenOperations(address: Address): Promise<Address>;
  /** New connections get this certificate. */
  renewTls(tls: LoadedTls): void;
  /** `/readyz` says no from now on, and connections close after their next answer. Nothing is refused yet. */
  drain(): void;
  /** Drains, stops accepting, lets running requests end for `graceMs` (5 s), then closes what is left. True when nothing was broken off. */
  close(graceMs?: number): Promise<boolean>;
}

/** A registry over a content store and a catalog: the distribution protocol (distribution-spec 1.1), management, health and metrics. */
export function createRegistryServer(options: RegistryServerOptions): RegistryServer {
  const { tracing, onRequest, origin = {}, idleTimeoutMs = 120_000 } = options;
  const content = tracing?.content(options.content) ?? options.content;
  const parts = {
    content,
    catalog: tracing?.catalog(options.catalog) ?? options.catalog,
    uploads: createUploads(content),
    manifests: options.manifests ?? createManifestCache(),
    access: options.access ?? openAccess,
    policy: options.policy ?? noPolicy,
    jobs: options.jobs,
    scans: options.scans,
    events: options.events ?? createEvents(),
    metrics: options.metrics ?? createMetrics(),
    origin,
    webhooks: options.webhooks,
    replications: options.replications,
    redirects: options.redirects ?? false,
    about: options.about ?? { version: '0', configuration: () => ({}) },
  };
  const registry: Registry = { ...parts, upstreams: options.upstreams?.(parts) };
  const counted = createRegistryMetrics(registry);
  const health = createHealth({ ...checksOf(registry), ...options.checks });
  const requestId = onRequest === undefined ? undefined : createRequestIds();
  const service = createService(registry, {
    health,
    tracing,
    openMetrics: options.openMetrics ?? false,
    absoluteLocations: options.absoluteLocations ?? false,
    requestId,
    begun: counted.begin,
    ended(served, id) {
      counted.end(served);
      onRequest?.(accessEntry(served, id, origin));
    },
  });
  const answering = (serve: (request: IncomingMessage, response: ServerResponse) => Promise<void>) => {
    return (request: IncomingMessage, response: ServerResponse): void => {
      serve(request, response).catch(() => response.destroy());
    };
  };
  const listener = createListener(answering(service.serve), { tls: options.tls, idleTimeoutMs });
  const operations = createListener(answering(service.serveOperations), { idleTimeoutMs });
  const drain = (): void => {
    health.drain();
    service.drain();
  };
  return {
    registry,
    listen: listener.listen,
    listenOperations: operations.listen,
    renewTls: listener.renew,
    drain,
    async close(graceMs = 5000) {
      drain();
      const whole = await listener.drain(graceMs);
      await registry.upstreams?.close();
      await operations.drain(0);
      counted.close();
      return whole;
    },
  };
}
