import type { Io } from '@lading/bytes';
import { LadingError, messageOf } from '@lading/errors';
import { openImage, openManifest, readManifest, type Source } from '@lading/image';
import { artifactTypeOf, type Descriptor, type Digest, type ManifestDocument } from '@lading/oci';
import { get, type Repository } from '@lading/store';
import type { StepCache, StepOutcome } from './step-cache.ts';
import {
  cacheArtifactType,
  inlineCacheAnnotation,
  maxCacheConfigBytes,
  parseCache,
} from './transfer/cache-document.ts';
import { readInlineCache } from './transfer/inline-cache.ts';

/** A build cache from elsewhere: its outcomes are known by key, its layers come when a step needs their bytes. */
export interface ImportedCache {
  /** For people: what `--cache-from` named. */
  readonly name: string;
  find(key: Digest, io?: Io): Promise<StepOutcome | undefined>;
}

export interface ImportOptions {
  readonly name: string;
  /** Finds it, at the first step that this machine's cache does not know. */
  readonly open: (io: Io) => Promise<{ readonly repository: Repository; readonly source: Source }>;
  /**
   * Makes sure that the build's store can open a layer of that repository: now, or when it is asked to. False: it is not there any more, and
   * the step has to run.
   */
  readonly bring: (layer: Descriptor, from: Repository, io: Io) => Promise<boolean>;
  /** Told once when the cache cannot be used; the build goes on without. */
  readonly onUnusable?: ((text: string) => void) | undefined;
}

/** Images of an index beyond these are not looked at. */
const maxImages = 64;

/** A cache artifact, or an image, or an index of images, that carry theirs inline. */
export function importCache({ name, open, bring, onUnusable }: ImportOptions): ImportedCache {
  let loaded: Promise<{ repository: Repository; outcomes: ReadonlyMap<Digest, StepOutcome> } | undefined> | undefined;
  const load = async (io: Io): ReturnType<typeof importing> => importing(await open(io), io);
  const importing = async ({ repository, source }: { repository: Repository; source: Source }, io: Io) => ({
    repository,
    outcomes: await readOutcomes(repository, await openManifest(repository, source, io), io),
  });
  return {
    name,
    async find(key, io = {}) {
      loaded ??= load(io).catch((error: unknown) => {
        io.signal?.throwIfAborted();
        onUnusable?.(`The cache ${name} is not used: ${messageOf(error)}`);
        return undefined;
      });
      const cache = await loaded;
      const outcome = cache?.outcomes.get(key);
      if (cache === undefined || outcome === undefined) return undefined;
      const { layer } = outcome;
      if (layer !== undefined && !(await bring(layer.descriptor, cache.repository, io).catch(() => false)))
        return undefined;
      return { ...outcome, origin: { at: outcome.origin?.at ?? '', cache: name } };
    },
  };
}

async function readOutcomes(
  repository: Repository,
  document: ManifestDocument,
  io: Io,
): Promise<ReadonlyMap<Digest, StepOutcome>> {
  if (document.kind === 'index') {
    const outcomes = new Map<Digest, StepOutcome>();
    for (const child of document.value.manifests.slice(0, maxImages)) {
      // Attestations stand among the images.
      if (child.platform === undefined || child.platform.os === 'unknown') continue;
      const found = await readOutcomes(repository, await readManifest(repository.content, child, io), io);
      for (const [key, outcome] of found) outcomes.set(key, outcome);
    }
    return outcomes;
  }
  const { value: manifest, descriptor } = document;
  if (artifactTypeOf(document) === cacheArtifactType) {
    const config = await get(repository.content, manifest.config, { maxBytes: maxCacheConfigBytes, ...io });
    return new Map(parseCache(config, manifest).flatMap(({ outcomes }) => [...outcomes]));
  }
  if (manifest.annotations?.[inlineCacheAnnotation] === undefined) {
    throw new LadingError('CACHE_INVALID', `${repository.name} has no build cache under this name`, {
      hint: 'Name what --cache-to wrote, or an image that was built with --cache-to type=inline.',
    });
  }
  return readInlineCache(manifest, (await openImage(repository, descriptor, io)).config);
}

/** A cache that looks into others for what it does not have, in their order, and keeps what it finds there. */
export function withImports(cache: StepCache, imports: readonly ImportedCache[]): StepCache {
  if (imports.length === 0) return cache;
  return {
    ...cache,
    async find(key, io) {
      const known = await cache.find(key, io);
      if (known !== undefined) return known;
      for (const one of imports) {
        const found = await one.find(key, io);
        if (found === undefined) continue;
        await cache.keep(key, found);
        return found;
      }
      return undefined;
    },
  };
}
