import { isLadingError, LadingError, messageOf } from '@lading/errors';
import type { CopyOptions } from '@lading/image';
import { type Descriptor, type Digest, hexOf, parseReference, type Reference } from '@lading/oci';
import type { ConfiguredRegistry } from '@lading/registry-client';
import { type ContentStore, createMemoryReferences, digestOfTarget, type Repository, type Target } from '@lading/store';
import type { Origins } from './origins.ts';
import type { Progress } from './progress.ts';

/** The caller closes it. */
export type OpenRegistry = (reference: Reference) => Promise<ConfiguredRegistry>;

export interface LazyContentOptions {
  readonly content: ContentStore;
  readonly origins: Origins;
  readonly open: OpenRegistry;
  readonly progress?: Progress | undefined;
}

/**
 * The content of this machine, in which opening what is not here fetches it from where it is known to be, verified, for good. `stat` tells of
 * what is here alone. Throws, beside what a store does, what registries throw.
 */
export function lazyContent({ content, origins, open, progress }: LazyContentOptions): ContentStore {
  const target: Repository = { name: 'the local store', content, references: createMemoryReferences() };
  /** Several steps may ask for one layer at once. */
  const fetching = new Map<Digest, Promise<void>>();

  const fetch = async (blob: Descriptor, repositories: readonly string[], signal?: AbortSignal): Promise<void> => {
    const failures: unknown[] = [];
    for (const name of repositories) {
      const reference = parseReference(name, { defaultTag: null });
      const opened = await open(reference);
      try {
        const { copyContents } = await import('@lading/image');
        const onProgress = progress && shown(progress);
        return await copyContents(opened.source(reference.repository), target, [blob], { signal, onProgress });
      } catch (error) {
        signal?.throwIfAborted();
        if (isLadingError(error, 'DISK_FULL')) throw error;
        failures.push(error);
      } finally {
        await opened.close();
      }
    }
    throw notFetched(blob.digest, repositories, failures[0]);
  };

  const bring = async (wanted: Target, error: unknown, signal?: AbortSignal): Promise<void> => {
    const digest = digestOfTarget(wanted);
    const origin = await origins.find(digest);
    if (origin === undefined) throw error;
    const { mediaType, size, repositories } = origin;
    let running = fetching.get(digest);
    if (running === undefined) {
      running = fetch({ mediaType, digest, size }, repositories, signal).finally(() => fetching.delete(digest));
      fetching.set(digest, running);
    }
    await running;
  };

  return {
    stat: (wanted, io) => content.stat(wanted, io),
    async open(wanted, io) {
      try {
        return await content.open(wanted, io);
      } catch (error) {
        if (!isLadingError(error, 'BLOB_NOT_FOUND')) throw error;
        await bring(wanted, error, io?.signal);
        return content.open(wanted, io);
      }
    },
    knownAt: async (digest) => (await origins.find(digest))?.repositories ?? [],
    begin: (options) => content.begin(options),
    delete: (digest, io) => content.delete(digest, io),
    list: (io) => content.list(io),
    lease: (digests, ttlMs) => content.lease(digests, ttlMs),
    ...(content.assertRoom && { assertRoom: (bytes: number) => content.assertRoom?.(bytes) ?? Promise.resolve() }),
    ...(content.localPath && { localPath: (digest: Digest) => content.localPath?.(digest) ?? '' }),
  };
}

function shown(progress: Progress): NonNullable<CopyOptions['onProgress']> {
  return ({ kind, digest, state, offset, size }) => {
    if (state === 'waiting' || state === 'copying')
      progress.update(digest, `${kind} ${hexOf(digest).slice(0, 12)}`, offset, size);
    else progress.finish(digest);
  };
}

function notFetched(digest: Digest, repositories: readonly string[], cause: unknown): LadingError {
  const known = isLadingError(cause) ? cause : undefined;
  return new LadingError(
    known?.code ?? 'BLOB_NOT_FOUND',
    `Cannot fetch ${digest} from ${repositories.join(', ')}: ${messageOf(cause)}`,
    {
      hint: 'It was not needed until now. Pull the image again; a build that took it from a cache runs the step with --no-cache.',
      cause,
      details: { digest, repositories: [...repositories] },
      transient: known?.transient === true,
    },
  );
}
