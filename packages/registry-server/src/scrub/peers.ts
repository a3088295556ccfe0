import type { Registry as RemoteRegistry } from '@lading/registry-client';
import type { Repository } from '@lading/store';
import { matchRepositories } from '../access/repository-pattern.ts';
import type { ReplicationRule } from '../replication/replication-config.ts';
import { openRemote } from '../upstream/open-remote.ts';
import type { RemoteRegistry as RemoteConfig } from '../upstream/remote-registry.ts';
import type { UpstreamConfig } from '../upstream/upstream-config.ts';

/** Where else the contents of repositories are. */
export interface Peers {
  /** Repositories elsewhere that have what this one has. */
  of(repository: string): readonly Repository[];
  close(): Promise<void>;
}

/** The upstreams of caches, and the other sides of replication. */
export function openPeers(config: {
  readonly upstreams: readonly UpstreamConfig[];
  readonly replication: readonly ReplicationRule[];
}): Peers {
  const opened = new Map<RemoteConfig, RemoteRegistry>();
  const registryOf = (remote: RemoteConfig): RemoteRegistry => {
    const known = opened.get(remote) ?? openRemote(remote);
    opened.set(remote, known);
    return known;
  };
  const matchers = config.replication.map((rule) => ({ rule, matches: matchRepositories(rule.repositories) }));
  // As for pulls, the longest prefix has a repository.
  const upstreams = config.upstreams.toSorted((a, b) => b.prefix.length - a.prefix.length);

  const elsewhere = (rule: ReplicationRule, repository: string): string | undefined => {
    if (rule.direction === 'push') return `${rule.prefix}${repository}`;
    return repository.startsWith(rule.prefix) ? repository.slice(rule.prefix.length) : undefined;
  };

  return {
    of(repository) {
      const upstream = upstreams.find(({ prefix }) => prefix === '' || repository.startsWith(`${prefix}/`));
      const replicas = matchers.flatMap(({ rule, matches }) => {
        const name = elsewhere(rule, repository);
        if (name === undefined || !matches(rule.direction === 'push' ? repository : name)) return [];
        return [registryOf(rule).repository(`${rule.path}${name}`)];
      });
      if (upstream === undefined) return replicas;
      const name = upstream.prefix === '' ? repository : repository.slice(upstream.prefix.length + 1);
      return [registryOf(upstream).repository(`${upstream.path}${name}`), ...replicas];
    },
    async close() {
      for (const registry of opened.values()) await registry.close();
    },
  };
}
