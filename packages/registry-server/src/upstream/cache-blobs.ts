import type { Bytes } from '@lading/bytes';
import { purgedAmong } from '@lading/catalog';
import { isLadingError, LadingError } from '@lading/errors';
import type { Descriptor, Digest } from '@lading/oci';
import { put, type Repository } from '@lading/store';
import { linkContent } from '../policy/link-content.ts';
import { type CacheParts, cacheActor, keyOf } from './cache-parts.ts';
import { GrowingFile } from './growing-file.ts';
import { failureKind } from './upstream-failure.ts';
import type { UpstreamMetrics } from './upstream-metrics.ts';
import type { UpstreamSource } from './upstream-source.ts';
import type { BlobSender, UpstreamBlob } from './upstreams.ts';

/** Blobs of upstreams. */
export interface CacheBlobs {
  find(source: UpstreamSource, repository: string, digest: Digest): Promise<UpstreamBlob | undefined>;
  /** Resolves when nothing comes in any more. */
  idle(): Promise<void>;
}

/** A blob that comes in. */
interface Fetch {
  /** Undefined: it was here already. */
  readonly send: BlobSender | undefined;
  /** It is here, whole, and part of the repository. */
  readonly done: Promise<void>;
}

/** However many ask for a blob, it is fetched once in a process, at the pace of the upstream; it comes to its end also when all have left. */
export function createCacheBlobs(parts: CacheParts): CacheBlobs {
  const { absent, metrics } = parts;
  const fetches = new Map<string, Promise<Fetch>>();
  const sizes = new Map<string, Promise<number | undefined>>();
  const running = new Set<Promise<unknown>>();

  const begin = (source: UpstreamSource, remote: Repository, repository: string, blob: Descriptor): Promise<Fetch> => {
    const key = keyOf(repository, blob.digest);
    const fetch = fetchBlob(parts, source, remote, repository, blob);
    const over = fetch.then(({ done }) => done).catch(() => {});
    const ended = over.then(() => {
      fetches.delete(key);
      running.delete(ended);
    });
    fetches.set(key, fetch);
    running.add(ended);
    return fetch;
  };

  const askOnce = (key: string, source: UpstreamSource, remote: Repository, digest: Digest) => {
    const asked = sizes.get(key) ?? ask(source, remote, digest).finally(() => sizes.delete(key));
    sizes.set(key, asked);
    return asked;
  };

  return {
    async find(source, repository, digest) {
      const key = keyOf(repository, digest);
      const remote = source.remote(repository);
      // Of what was purged not even the first bytes go out again.
      const isPurged = async () => (await purgedAmong(parts.registry.catalog.database, [digest])) !== undefined;
      if (remote === undefined || absent.has(key) || (await isPurged())) {
        metrics.served.add(1, 'blob', 'absent');
        return undefined;
      }
      const size = (await sizeInManifests(parts, repository, digest)) ?? (await askOnce(key, source, remote, digest));
      if (size === undefined) {
        absent.note(key, source.config.absentMs);
        metrics.served.add(1, 'blob', 'absent');
        return undefined;
      }
      return {
        size,
        async open() {
          const joined = fetches.get(key);
          metrics.served.add(1, 'blob', joined === undefined ? 'fetched' : 'joined');
          const blob = { mediaType: 'application/octet-stream', digest, size };
          try {
            return (await (joined ?? begin(source, remote, repository, blob))).send;
          } catch (error) {
            if (isLadingError(error, 'BLOB_NOT_FOUND', 'UPSTREAM_DENIED')) absent.note(key, source.config.absentMs);
            throw error;
          }
        },
      };
    },
    async idle() {
      await Promise.all(running);
    },
  };
}

/** Undefined when the upstream does not have it. */
async function ask(source: UpstreamSource, remote: Repository, digest: Digest): Promise<number | undefined> {
  // As a blob: asked for by digest alone, it would be looked for among manifests, too.
  const blob = { mediaType: 'application/octet-stream', digest, size: 0 };
  return source.ask(async () => (await remote.content.stat(blob))?.size);
}

/** What the manifests of the repository say, when they agree. */
async function sizeInManifests(
  { registry }: CacheParts,
  repository: string,
  digest: Digest,
): Promise<number | undefined> {
  const rows = await registry.catalog.database.all(
    `SELECT DISTINCT c.size FROM children c JOIN repositories r ON r.id = c.repository_id
     WHERE r.name = ? AND c.child = ? AND c.kind <> 'manifest'`,
    repository,
    digest,
  );
  return rows.length === 1 ? Number(rows[0]?.size) : undefined;
}

/** Resolves once the upstream has begun to give it. Throws BLOB_NOT_FOUND, and what the source throws. */
async function fetchBlob(
  parts: CacheParts,
  source: UpstreamSource,
  remote: Repository,
  repository: string,
  blob: Descriptor,
): Promise<Fetch> {
  const { registry, folder, metrics, signal } = parts;
  await registry.policy.protectContent(blob.digest);
  // Another repository has it, so nothing has to move; that the upstream has it, too, is what entitles this one.
  if ((await registry.content.stat(blob.digest)) !== undefined) {
    if ((await ask(source, remote, blob.digest)) === undefined) throw notThere(remote, blob);
    await linkContent(registry, cacheActor(source), repository, blob, { brought: true });
    return { send: undefined, done: Promise.resolve() };
  }
  // Before anything is asked for: an answer that nobody reads would keep its connection.
  const file = await GrowingFile.create(folder, blob.size);
  const bytes = await openBlob(source, remote, blob, signal).catch(async (error: unknown) => {
    await file.end(error);
    throw error;
  });
  const take = async (): Promise<void> => {
    source.fetches++;
    metrics.fetches.add(1);
    try {
      const expected = { digest: blob.digest, size: blob.size };
      const copied = copyTo(file, source.reading(bytes), metrics, () => registry.policy.protectContent(blob.digest));
      await put(registry.content, copied, expected, { signal });
      // What a quota refuses was given to whoever asked, and is not kept.
      await linkContent(registry, cacheActor(source), repository, blob, { brought: true });
      await file.end();
    } catch (error) {
      metrics.served.add(1, 'blob', 'failed');
      if (failureKind(error) === 'wrong') source.note(error);
      await file.end(error);
    } finally {
      source.fetches--;
      metrics.fetches.add(-1);
    }
  };
  return { send: (response, range, sending) => file.send(response, range, sending), done: take() };
}

/** Throws BLOB_NOT_FOUND, which is no failure of the source, and what the source throws. */
async function openBlob(
  source: UpstreamSource,
  remote: Repository,
  blob: Descriptor,
  signal: AbortSignal,
): Promise<Bytes> {
  const bytes = await source.ask(async () => {
    try {
      // The write verifies it.
      return await remote.content.open(blob, { verify: false, signal });
    } catch (error) {
      if (isLadingError(error, 'BLOB_NOT_FOUND')) return undefined;
      throw error;
    }
  });
  if (bytes === undefined) throw notThere(remote, blob);
  return bytes;
}

/** What is read is in the file, too. `before` what follows the last chunk. */
async function* copyTo(
  file: GrowingFile,
  bytes: Bytes,
  { bytes: counter }: UpstreamMetrics,
  before: () => Promise<void>,
): Bytes {
  for await (const chunk of bytes) {
    await file.append(chunk);
    counter.add(chunk.length);
    yield chunk;
  }
  await before();
}

function notThere(remote: Repository, { digest }: Descriptor): LadingError {
  return new LadingError('BLOB_NOT_FOUND', `${remote.name} has no blob ${digest}`, { details: { digest } });
}
