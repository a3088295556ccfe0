import { setTimeout as sleep } from 'node:timers/promises';
import { isLadingError } from '@lading/errors';
import { type Descriptor, type Digest, isDigest } from '@lading/oci';
import type { Repository } from '@lading/store';
import type { Identity } from '../access/identity.ts';
import { bringManifest } from './bring-manifest.ts';
import { type CacheParts, keyOf } from './cache-parts.ts';
import { failureKind } from './upstream-failure.ts';
import type { UpstreamSource } from './upstream-source.ts';

/** Manifests, tags and referrers of upstreams. */
export interface CacheManifests {
  /** See `Upstreams.freshen()`. */
  freshen(
    source: UpstreamSource,
    repository: string,
    reference: string,
    identity: Identity,
  ): Promise<string | undefined>;
  /** What cannot be asked for is left as it is. */
  freshenReferrers(source: UpstreamSource, repository: string, subject: Digest, identity: Identity): Promise<void>;
}

/** More referrers of one manifest are not brought. */
const mostReferrers = 1000;

export function createCacheManifests(parts: CacheParts): CacheManifests {
  const { registry, absent, fresh, metrics } = parts;
  const { catalog, policy } = registry;
  /** What is asked for right now, by what. */
  const asking = new Map<string, Promise<unknown>>();
  const once = <T>(key: string, work: () => Promise<T>): Promise<T> => {
    const running = asking.get(key);
    if (running !== undefined) return running as Promise<T>; // a key stands for one kind of work
    const begun = work().finally(() => asking.delete(key));
    asking.set(key, begun);
    return begun;
  };

  /** Asks for what a reference is now, and brings it. False: the upstream does not have it. */
  const look = async (
    source: UpstreamSource,
    remote: Repository,
    repository: string,
    reference: string,
    identity: Identity,
  ): Promise<boolean> => {
    const key = keyOf(repository, reference);
    const descriptor = await source.ask(() => remote.references.resolve(reference));
    if (descriptor === undefined) {
      absent.note(key, source.config.absentMs);
      return false;
    }
    const tag = isDigest(reference) ? undefined : reference;
    const held = tag === undefined ? undefined : await catalog.references(repository).resolve(tag);
    if (held?.digest !== descriptor.digest) {
      await bringManifest(parts, { source, remote, repository, descriptor, tag, identity });
    }
    if (tag !== undefined) fresh.note(key, source.config.freshMs);
    absent.forget(key);
    return true;
  };

  /** A tag that is here, for when the upstream cannot say more. */
  const refresh = async (
    source: UpstreamSource,
    remote: Repository,
    repository: string,
    tag: string,
    identity: Identity,
  ): Promise<string | undefined> => {
    const { registry: name, patienceMs } = source.config;
    const stale = (why: string): string => {
      metrics.served.add(1, 'manifest', 'stale');
      return `Served from the cache: ${why}`;
    };
    if (source.paused !== undefined) return stale(`the upstream ${name} ${pauseText(source)}`);
    const key = keyOf(repository, tag);
    try {
      const looking = once(key, () => look(source, remote, repository, tag, identity));
      const found = await inTime(looking, patienceMs);
      if (found === 'late') return stale(`the upstream ${name} has not answered within ${patienceMs} ms`);
      if (found) {
        metrics.served.add(1, 'manifest', 'cached');
        return undefined;
      }
      fresh.note(key, source.config.absentMs);
      return stale(`the upstream ${name} does not have the tag ${tag} any more`);
    } catch (error) {
      // Asked again with every pull, it would say the same.
      if (['denied', 'wrong'].includes(failureKind(causeOf(error)))) fresh.note(key, source.config.absentMs);
      return stale(`the upstream ${name} could not be asked (${codeOf(error)})`);
    }
  };

  return {
    async freshen(source, repository, reference, identity) {
      const key = keyOf(repository, reference);
      const held = await catalog.references(repository).resolve(reference);
      const remote = source.remote(repository);
      if (held !== undefined) {
        const settled =
          remote === undefined ||
          isDigest(reference) ||
          fresh.has(key) ||
          policy.tagRule(repository, reference, identity) === 'fixed';
        if (!settled) return refresh(source, remote, repository, reference, identity);
        metrics.served.add(1, 'manifest', 'cached');
        return undefined;
      }
      if (remote === undefined || absent.has(key)) {
        metrics.served.add(1, 'manifest', 'absent');
        return undefined;
      }
      const joined = asking.has(key);
      try {
        const found = await once(key, () => look(source, remote, repository, reference, identity));
        metrics.served.add(1, 'manifest', found ? (joined ? 'joined' : 'fetched') : 'absent');
        return undefined;
      } catch (error) {
        metrics.served.add(1, 'manifest', 'failed');
        // Some registries refuse what they do not have.
        if (isLadingError(error, 'UPSTREAM_DENIED')) absent.note(key, source.config.absentMs);
        throw error;
      }
    },

    async freshenReferrers(source, repository, subject, identity) {
      const key = keyOf(repository, `referrers ${subject}`);
      const remote = source.remote(repository);
      if (remote === undefined || fresh.has(key) || source.paused !== undefined) return;
      const bring = async (): Promise<void> => {
        for (const descriptor of await source.ask(() => listed(remote, subject))) {
          await bringManifest(parts, { source, remote, repository, descriptor, identity });
        }
        fresh.note(key, source.config.freshMs);
      };
      // What is here is an answer, too.
      await inTime(once(key, bring), source.config.patienceMs).catch(() => {});
    },
  };
}

async function listed(remote: Repository, subject: Digest): Promise<readonly Descriptor[]> {
  const all: Descriptor[] = [];
  for await (const descriptor of remote.references.referrers(subject)) {
    all.push(descriptor);
    if (all.length === mostReferrers) break;
  }
  return all;
}

/** Who waits no longer leaves the work running. */
async function inTime<T>(work: Promise<T>, ms: number): Promise<T | 'late'> {
  const enough = new AbortController();
  work.catch(() => {});
  try {
    return await Promise.race([work, sleep(ms, 'late' as const, { signal: enough.signal, ref: false })]);
  } finally {
    enough.abort();
  }
}

function pauseText({ paused }: UpstreamSource): string {
  return paused === 'limited' ? 'asked to slow down' : 'did not answer lately';
}

function causeOf(error: unknown): unknown {
  return error instanceof Error && error.cause !== undefined ? error.cause : error;
}

function codeOf(error: unknown): string {
  const cause = causeOf(error);
  return cause instanceof Error && 'code' in cause ? String(cause.code) : 'failure';
}
