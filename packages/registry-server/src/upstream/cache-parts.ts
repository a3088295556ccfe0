import type { Actor } from '@lading/catalog';
import type { Registry } from '../exchange.ts';
import type { Recently } from './recently.ts';
import type { UpstreamMetrics } from './upstream-metrics.ts';
import type { UpstreamSource } from './upstream-source.ts';

/** What of the registry a cache works on. */
export type CachingRegistry = Pick<Registry, 'content' | 'catalog' | 'policy' | 'manifests' | 'events' | 'metrics'>;

/** What the parts of a cache share. */
export interface CacheParts {
  readonly registry: CachingRegistry;
  readonly metrics: UpstreamMetrics;
  /** What an upstream does not have. */
  readonly absent: Recently;
  /** What was asked for lately, and so is believed. */
  readonly fresh: Recently;
  /** Where content lies while it comes in. */
  readonly folder: string;
  /** Fires when the cache is closed. */
  readonly signal: AbortSignal;
}

/** Who brings what an upstream gave. */
export function cacheActor(source: UpstreamSource): Actor {
  return { name: `upstream:${source.config.prefix || source.config.registry}` };
}

/** Texts of the catalog have no NUL. */
export function keyOf(repository: string, thing: string): string {
  return `${repository}\0${thing}`;
}
