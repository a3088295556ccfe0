import type { Io } from '@lading/bytes';
import { LadingError } from '@lading/errors';
import {
  type Descriptor,
  formatPlatform,
  type History,
  hostPlatform,
  type ImageConfig,
  type ImageIndex,
  isConfigType,
  type Manifest,
  type ManifestDocument,
  matchPlatform,
  maxConfigBytes,
  type Platform,
  parseConfig,
  selectPlatform,
} from '@lading/oci';
import { get, type Repository } from '@lading/store';
import { type Layer, layerOf } from './layer.ts';
import { openManifest, readManifest, type Source } from './manifest.ts';

/** An image of one platform, as it lies in a repository. Values are read once; layers open when asked. */
export interface Image {
  /** Of the manifest. */
  readonly descriptor: Descriptor;
  readonly manifest: Manifest;
  /** The manifest's bytes: what the digest covers. */
  readonly bytes: Uint8Array;
  readonly config: ImageConfig;
  readonly configBytes: Uint8Array;
  readonly platform: Platform;
  /** From the lowest up. */
  readonly layers: readonly Layer[];
}

export interface OpenImageOptions extends Io {
  /** Which image of an index; the machine's own platform unless told. */
  readonly platform?: Platform | undefined;
}

const maxDepth = 5;

/**
 * Opens an image by tag, digest or descriptor, choosing from an index (also a nested one) by platform.
 * Throws REFERENCE_NOT_FOUND, PLATFORM_UNMATCHED, IMAGE_INVALID (an artifact that is no image; layers and diffIds that do not match),
 * MANIFEST_INVALID, BLOB_NOT_FOUND.
 */
export async function openImage(
  repository: Repository,
  source: Source,
  options: OpenImageOptions = {},
): Promise<Image> {
  let document = await openManifest(repository, source, options);
  const wanted = options.platform ?? hostPlatform();
  for (let depth = 0; document.kind === 'index'; depth++) {
    const chosen = depth < maxDepth ? selectPlatform(document.value.manifests, wanted) : undefined;
    if (chosen === undefined) throw unmatched(repository, document.value, wanted);
    document = await readManifest(repository.content, chosen, options);
  }
  const image = await imageOf(repository, document, options);
  if (options.platform !== undefined && !matchPlatform(options.platform, image.platform)) {
    throw new LadingError(
      'PLATFORM_UNMATCHED',
      `Cannot open ${image.descriptor.digest} for ${formatPlatform(options.platform)}: it is for ${formatPlatform(image.platform)}`,
      { hint: 'Leave the platform out to take the image as it is.' },
    );
  }
  return image;
}

export type ManifestOfImage = Extract<ManifestDocument, { kind: 'manifest' }>;

/** The image behind a manifest that was read already. Throws as openImage(). */
export async function imageOf(repository: Repository, document: ManifestOfImage, io: Io = {}): Promise<Image> {
  const { value: manifest, descriptor, bytes } = document;
  if (!isConfigType(manifest.config.mediaType)) {
    throw new LadingError(
      'IMAGE_INVALID',
      `Cannot open ${descriptor.digest} as an image: it is an artifact of type ${manifest.artifactType ?? manifest.config.mediaType}`,
      {
        hint: 'Only images have layers of a file system; name the image that this belongs to.',
        details: { digest: descriptor.digest },
      },
    );
  }
  const configBytes = await get(repository.content, manifest.config, { maxBytes: maxConfigBytes, signal: io.signal });
  const config = parseConfig(configBytes);
  const diffIds = config.rootfs.diff_ids;
  if (diffIds.length !== manifest.layers.length) {
    throw new LadingError(
      'IMAGE_INVALID',
      `Cannot open image ${descriptor.digest}: the manifest has ${manifest.layers.length} layers, the config ${diffIds.length}`,
      {
        hint: 'The image was put together wrongly; build or pull it again.',
        details: { digest: descriptor.digest },
      },
    );
  }
  const histories = layerHistories(config, diffIds.length);
  return {
    descriptor,
    manifest,
    bytes,
    config,
    configBytes,
    platform: platformOf(config),
    layers: manifest.layers.map((layer, at) => layerOf(repository.content, layer, diffIds[at]!, histories[at])),
  };
}

export function platformOf(config: ImageConfig): Platform {
  const { os, architecture, variant } = config;
  return {
    os,
    architecture,
    ...(variant === undefined ? {} : { variant }),
    ...(config['os.version'] === undefined ? {} : { 'os.version': config['os.version'] }),
    ...(config['os.features'] === undefined ? {} : { 'os.features': config['os.features'] }),
  };
}

/** History is optional and often wrong; only one that counts as many layers as there are can be matched to them. */
function layerHistories(config: ImageConfig, layers: number): readonly History[] {
  const entries = (config.history ?? []).filter((entry) => entry.empty_layer !== true);
  return entries.length === layers ? entries : [];
}

export function unmatched(repository: Repository, index: ImageIndex, wanted: Platform): LadingError {
  const offered = index.manifests.flatMap(({ platform }) => (platform === undefined ? [] : [formatPlatform(platform)]));
  return new LadingError(
    'PLATFORM_UNMATCHED',
    `Cannot choose an image for ${formatPlatform(wanted)} from ${repository.name}: the index has none`,
    {
      hint: offered.length === 0 ? 'The index names no platforms.' : `It has ${[...new Set(offered)].join(', ')}.`,
      details: { wanted: formatPlatform(wanted), offered },
    },
  );
}
