import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Bytes, fromFile, type Io } from '@lading/bytes';
import { LadingError } from '@lading/errors';
import { type Digest, encodeJson, familiarReference, hexOf, parseReference } from '@lading/oci';
import type { Repository } from '@lading/store';
import { type TarEntryInput, writeTar } from '@lading/tar';
import { type Image, type OpenImageOptions, openImage } from '../image.ts';
import type { Layer } from '../layer.ts';
import type { Source } from '../manifest.ts';
import { spool } from './archive-file.ts';
import { archiveMember } from './archive-member.ts';

/** An image to save, and the names under which it is to be loaded. */
export interface SavedImage {
  readonly from: Source;
  /** `alpine:3.10`, `registry.example.org/team/app:1.0`. */
  readonly names?: readonly string[] | undefined;
}

/**
 * A docker-archive, as `docker load`, podman and skopeo read it: `manifest.json`, the configs byte for byte, and every layer once as an
 * uncompressed tar named by its diffId. Equal images give equal bytes. Of an index the image of `platform` is saved.
 *
 * A compressed layer is unpacked to a temporary file, one at a time, for its size has to stand before it; each is verified before its first
 * byte is handed out. Throws as openImage(); REFERENCE_INVALID for a name with a digest; and as reading layers does.
 */
export async function* saveDockerArchive(
  repository: Repository,
  images: readonly SavedImage[],
  options: OpenImageOptions = {},
): AsyncGenerator<Uint8Array, void, undefined> {
  yield* writeTar(members(repository, images, options), options);
}

async function* members(
  repository: Repository,
  images: readonly SavedImage[],
  options: OpenImageOptions,
): AsyncGenerator<TarEntryInput, void, undefined> {
  const configs = new Map<Digest, Uint8Array>();
  const layers = new Map<Digest, Layer>();
  const entries: object[] = [];
  for (const { from, names = [] } of images) {
    const image: Image = await openImage(repository, from, options);
    const config = image.manifest.config.digest;
    configs.set(config, image.configBytes);
    for (const layer of image.layers) layers.set(layer.diffId, layer);
    entries.push({
      Config: `${hexOf(config)}.json`,
      RepoTags: names.map(repoTag),
      Layers: image.layers.map((layer) => layerName(layer.diffId)),
    });
  }
  // First, so that who looks for it in a stream need not read the layers.
  yield archiveMember('manifest.json', encodeJson(entries));
  for (const [digest, bytes] of configs) yield archiveMember(`${hexOf(digest)}.json`, bytes);
  for (const layer of layers.values()) yield* layerMember(layer, options);
}

async function* layerMember(layer: Layer, io: Io): AsyncGenerator<TarEntryInput, void, undefined> {
  const { descriptor, diffId } = layer;
  if (descriptor.digest === diffId) {
    yield archiveMember(layerName(diffId), { bytes: await layer.open(io), size: descriptor.size });
    return;
  }
  const folder = await mkdtemp(join(tmpdir(), 'lading-layer-'));
  try {
    const path = join(folder, 'layer.tar');
    const size = await spool(await layer.uncompressed(io), path);
    const bytes: Bytes = fromFile(path, io);
    yield archiveMember(layerName(diffId), { bytes, size });
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

function layerName(diffId: Digest): string {
  return `${hexOf(diffId)}/layer.tar`;
}

function repoTag(name: string): string {
  const { registry, repository, tag, digest } = parseReference(name);
  if (digest !== undefined || tag === undefined) {
    throw new LadingError(
      'REFERENCE_INVALID',
      `Cannot save as "${name}": a docker-archive names images by tag, not by digest`,
      {
        hint: 'Give a name such as example.org/app:1.0.',
      },
    );
  }
  return familiarReference({ registry, repository, tag });
}
