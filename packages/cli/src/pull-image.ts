import type { CopyPlan } from '@lading/image';
import { type Descriptor, isIndexType, isLayerType, type Reference } from '@lading/oci';
import type { Repository } from '@lading/store';
import type { Context } from './context.ts';
import type { Home } from './home.ts';
import { formatLocation, type OpenSource, openSource } from './locations.ts';
import type { RegistryOptions } from './open-registry.ts';
import { similarLayers } from './similar-layers.ts';
import { ownPlatform, type Platforms, type TransferCounts, transfer } from './transfer.ts';

export interface PullOptions extends RegistryOptions {
  /** The machine's own of an index unless told; an image that is no index comes as it is. */
  readonly platforms?: Platforms | undefined;
  readonly referrers?: boolean;
  /** Only manifests and configs: layers are fetched when something opens them. */
  readonly lazy?: boolean | undefined;
}

export interface Pulled {
  /** What the reference means at the registry: with a digest, what has that digest; else what was copied. */
  readonly asked: Descriptor;
  /** What was copied: the image itself where one platform of an index was taken. */
  readonly copied: Descriptor;
  /** The local tag that points to it; undefined for a reference with a digest. */
  readonly tag: string | undefined;
  readonly counts: TransferCounts;
}

/** Brings an image from its registry into the local store. Throws what opening the registry and copying throw. */
export async function pullImage(context: Context, reference: Reference, options: PullOptions = {}): Promise<Pulled> {
  const location = { transport: 'registry', reference } as const;
  const source = await openSource(context, location, options);
  try {
    const home = await context.home();
    const target = home.repositoryOf(reference);
    // A tag beside a digest is a note: whether the tag points there is not known, so it is not recorded.
    const tag = source.byDigest ? undefined : source.tag;
    const { result, counts } = await transfer(context, source, target, {
      to: tag,
      platforms: options.platforms ?? ownPlatform(source),
      referrers: options.referrers === true,
      similar: similarLayers(home, target.name, context),
      ...(options.lazy === true
        ? { defer: noted(home, source.repository.name) }
        : { done: `pulled ${formatLocation(location)}` }),
    });
    if (options.lazy === true) context.progress.log(`found ${formatLocation(location)}: ${result.descriptor.digest}`);
    if (source.byDigest) {
      await keepIndex(context, source, target);
      // Nothing else says that it is wanted.
      await home.catalog.pin(target.name, source.descriptor.digest);
    }
    return { asked: source.byDigest ? source.descriptor : result.descriptor, copied: result.descriptor, tag, counts };
  } finally {
    await source.close();
  }
}

/** Leaves layers where they are, and notes where that is. */
function noted({ origins }: Home, repository: string): (blob: Descriptor) => Promise<boolean> {
  return async (blob) => {
    if (!isLayerType(blob.mediaType)) return false;
    await origins.note(blob, repository);
    return true;
  };
}

/** What a pull with these options would transfer; only manifests and the tables of seekable layers are. */
export async function planPull(context: Context, reference: Reference, options: PullOptions = {}): Promise<CopyPlan> {
  const source = await openSource(context, { transport: 'registry', reference }, options);
  try {
    const [home, { planCopy }] = await Promise.all([context.home(), import('@lading/image')]);
    const target = home.repositoryOf(reference);
    const { signal } = context;
    return await planCopy(source.repository, target, {
      from: source.descriptor,
      platforms: options.platforms ?? ownPlatform(source),
      referrers: options.referrers === true,
      similar: similarLayers(home, target.name, { signal }),
      signal,
    });
  } finally {
    await source.close();
  }
}

/** What was asked for by the digest of an index can be found by that digest again, with those of its images that are here. */
async function keepIndex(context: Context, { repository, descriptor }: OpenSource, target: Repository): Promise<void> {
  const { signal } = context;
  if (!isIndexType(descriptor.mediaType) || (await target.references.resolve(descriptor.digest, { signal }))) return;
  const [{ readManifest }, { put }] = await Promise.all([import('@lading/image'), import('@lading/store')]);
  const { bytes } = await readManifest(repository.content, descriptor, { signal });
  await put(target.content, bytes, descriptor, { signal });
  await target.references.record(descriptor, bytes, { signal });
}
