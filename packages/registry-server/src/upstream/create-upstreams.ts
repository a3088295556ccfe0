import { throwIfAborted } from '@lading/errors';
import type { Page } from '@lading/store';
import { anonymous } from '../access/identity.ts';
import { createCacheBlobs } from './cache-blobs.ts';
import { createCacheManifests } from './cache-manifests.ts';
import { type CacheParts, type CachingRegistry, cacheActor } from './cache-parts.ts';
import { createRecently } from './recently.ts';
import type { UpstreamConfig } from './upstream-config.ts';
import { createUpstreamMetrics } from './upstream-metrics.ts';
import { UpstreamSource } from './upstream-source.ts';
import type { Upstreams } from './upstreams.ts';
import { workingFolder } from './working-folder.ts';

/** The caches that a configuration describes. The caller closes them. */
export function createUpstreams(registry: CachingRegistry, configs: readonly UpstreamConfig[]): Upstreams {
  const closing = new AbortController();
  const open = (config: UpstreamConfig): UpstreamSource =>
    new UpstreamSource(config, (source, condition, error) =>
      registry.events.emit({
        kind: 'upstream',
        repository: '',
        actor: cacheActor(source).name,
        at: new Date(),
        detail: { prefix: config.prefix, registry: config.registry, condition, error },
      }),
    );
  // The longest prefix has a repository.
  const byLength = (some: readonly UpstreamConfig[]): readonly UpstreamSource[] =>
    some.toSorted((a, b) => b.prefix.length - a.prefix.length).map(open);
  let sources = byLength(configs);
  const sourceOf = (repository: string): UpstreamSource | undefined =>
    sources.find(({ config: { prefix } }) => prefix === '' || repository.startsWith(`${prefix}/`));
  const states = () => sources.map((source) => source.state()).sort((a, b) => (a.prefix < b.prefix ? -1 : 1));
  const parts: CacheParts = {
    registry,
    metrics: createUpstreamMetrics(registry.metrics, states),
    absent: createRecently(),
    fresh: createRecently(),
    folder: workingFolder(registry.content, 'incoming'),
    signal: closing.signal,
  };
  const blobs = createCacheBlobs(parts);
  const manifests = createCacheManifests(parts);

  return {
    has: (repository) => sourceOf(repository) !== undefined,

    async freshen(repository, reference, identity) {
      const source = sourceOf(repository);
      return source && manifests.freshen(source, repository, reference, identity);
    },

    async blob(repository, digest) {
      const source = sourceOf(repository);
      return source && blobs.find(source, repository, digest);
    },

    async freshenReferrers(repository, subject) {
      const source = sourceOf(repository);
      if (source !== undefined) await manifests.freshenReferrers(source, repository, subject, anonymous);
    },

    async *tags(repository, page: Page) {
      const source = sourceOf(repository);
      const remote = source?.paused === undefined ? source?.remote(repository) : undefined;
      const here = registry.catalog.references(repository);
      if (source === undefined || remote === undefined) return yield* here.tags(page);
      let any = false;
      try {
        for await (const tag of source.reading(remote.references.tags(page))) {
          any = true;
          yield tag;
        }
      } catch (error) {
        throwIfAborted(page.signal);
        // Half of a list is worse than the one that is here.
        if (any) throw error;
      }
      if (!any) yield* here.tags(page);
    },

    states,

    configure(next) {
      const former = sources;
      sources = byLength(next);
      void blobs.idle().then(() => Promise.all(former.map((source) => source.close())));
    },

    async close() {
      closing.abort();
      await blobs.idle();
      for (const source of sources) await source.close();
    },
  };
}
