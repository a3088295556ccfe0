import type { Io } from '@lading/bytes';
import { isLadingError } from '@lading/errors';
import { childrenOf, type Descriptor, type Digest, isLayerType, isManifestType } from '@lading/oci';
import type { Repository } from '@lading/store';
import type { Home } from './home.ts';

/** So many are offered for one layer. */
const MAX_OFFERED = 64;
/** Images beyond these are not looked at. */
const MAX_IMAGES = 256;

/**
 * Finds layers on this machine that may have much in common with one that is pulled: those of the same repository first, and among
 * these the ones of similar size. The images are listed once, when the first layer asks.
 */
export function similarLayers(
  home: Home,
  repository: string,
  io: Io,
): (layer: Descriptor) => AsyncIterable<Descriptor> {
  let own: Promise<Descriptor[]> | undefined;
  let others: Promise<Descriptor[]> | undefined;
  return async function* (layer) {
    const nearest = (layers: readonly Descriptor[]): Descriptor[] =>
      layers
        .filter(({ digest }) => digest !== layer.digest)
        .sort((a, b) => Math.abs(a.size - layer.size) - Math.abs(b.size - layer.size));
    own ??= layersOf(home, [repository], io);
    const first = nearest(await own).slice(0, MAX_OFFERED);
    yield* first;
    if (first.length === MAX_OFFERED) return;
    others ??= layersOf(home, home.catalog.repositories(io), io);
    const seen = new Set(first.map(({ digest }) => digest));
    const rest = (await others).filter(({ digest }) => !seen.has(digest));
    yield* nearest(rest).slice(0, MAX_OFFERED - first.length);
  };
}

async function layersOf(
  home: Home,
  repositories: AsyncIterable<string> | Iterable<string>,
  io: Io,
): Promise<Descriptor[]> {
  const layers = new Map<Digest, Descriptor>();
  let images = 0;
  for await (const name of repositories) {
    const repository = home.repository(name);
    for await (const image of imagesOf(home, name, io)) {
      if (++images > MAX_IMAGES) return [...layers.values()];
      for await (const layer of layersBelow(repository, image, io)) layers.set(layer.digest, layer);
    }
  }
  return [...layers.values()];
}

/** Those with a tag, then those that were asked for by digest. */
async function* imagesOf({ catalog }: Home, repository: string, io: Io): AsyncGenerator<Descriptor> {
  for await (const { descriptor } of catalog.tags(repository, io)) yield descriptor;
  for (const { descriptor } of await catalog.pins(repository)) yield descriptor;
}

/** Of an index those of its images that are here. */
async function* layersBelow(repository: Repository, root: Descriptor, io: Io): AsyncGenerator<Descriptor> {
  const { readManifest } = await import('@lading/image');
  try {
    for (const child of childrenOf(await readManifest(repository.content, root, io))) {
      if (isManifestType(child.mediaType)) yield* layersBelow(repository, child, io);
      else if (isLayerType(child.mediaType)) yield child;
    }
  } catch (error) {
    // What cannot be read any more is no reason not to pull.
    if (isLadingError(error, 'INTERRUPTED')) throw error;
  }
}
