import type { IncomingMessage } from 'node:http';
import type { Catalog } from '@lading/catalog';
import type { ContentStore } from '@lading/store';
import type { Access } from './access/access.ts';
import type { Identity } from './access/identity.ts';
import type { OriginOptions } from './access/origin.ts';
import type { Events } from './events/events.ts';
import type { Webhooks } from './events/webhooks.ts';
import type { ManifestCache } from './internal/manifest-cache.ts';
import type { Uploads } from './internal/uploads.ts';
import type { JobRunner } from './jobs/job-runner.ts';
import type { Metrics } from './operations/metrics.ts';
import type { Policy } from './policy/policy.ts';
import type { Replications } from './replication/replications.ts';
import type { Route } from './route.ts';
import type { Scans } from './scan/scans.ts';
import type { Upstreams } from './upstream/upstreams.ts';

/** What every handler works on: the parts of the registry. */
export interface Registry {
  readonly content: ContentStore;
  readonly catalog: Catalog;
  readonly uploads: Uploads;
  readonly manifests: ManifestCache;
  readonly access: Access;
  readonly events: Events;
  /** Domains define their own in it. */
  readonly metrics: Metrics;
  /** How to find out who is at the other end of a request, and how they see the registry. */
  readonly origin: OriginOptions;
  readonly policy: Policy;
  /** Blobs are read at URLs that the content store signs, where it can. */
  readonly redirects: boolean;
  /** Absent where nothing runs beside requests. */
  readonly jobs?: JobRunner | undefined;
  /** Absent where nobody looks into images. */
  readonly scans?: Scans | undefined;
  /** Absent where no repository is a cache. */
  readonly upstreams?: Upstreams | undefined;
  /** How far replication has come. */
  readonly replications?: Replications | undefined;
  /** Who is told of what happens; absent where nobody can be. */
  readonly webhooks?: Webhooks | undefined;
  /** What runs here, for whoever manages it. */
  readonly about: About;
}

export interface About {
  /** Of the program. */
  readonly version: string;
  /** The configuration as it is in use, without secrets: JSON values. */
  configuration(): unknown;
}

/** One request, as far as handlers see it. */
export interface Exchange {
  readonly method: string;
  readonly query: URLSearchParams;
  readonly request: IncomingMessage;
  readonly identity: Identity;
  /** Fires when the client goes away. */
  readonly signal: AbortSignal;
}

/** A request from its arrival on; where it goes and who asks is filled in by `handle()`, and what of that is known goes to log and metrics. */
export interface Incoming extends Omit<Exchange, 'identity'> {
  route?: Route | undefined;
  identity?: Identity | undefined;
}

/** One header, or undefined; repeated ones are joined as HTTP does. */
export function header(exchange: Exchange, name: string): string | undefined {
  const value = exchange.request.headers[name];
  return Array.isArray(value) ? value.join(', ') : value;
}
