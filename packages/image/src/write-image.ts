import type { Io } from '@lading/bytes';
import { LadingError } from '@lading/errors';
import {
  type Annotations,
  type Descriptor,
  descriptorOf,
  encodeJson,
  type ImageConfig,
  type ImageIndex,
  type Manifest,
  mediaTypes,
  parseConfig,
} from '@lading/oci';
import { put, type Repository } from '@lading/store';
import { descriptorIn, type ImageFormat, mediaTypeIn } from './image-format.ts';

export interface WriteImageOptions extends Io {
  /** As a value, written canonically; as bytes, kept as they are. */
  readonly config: ImageConfig | Uint8Array;
  /** From the lowest up; one for each diffId of the config. Their content has to be in the repository. */
  readonly layers: readonly Descriptor[];
  readonly annotations?: Annotations | undefined;
  /** `oci` unless told. Media types of the layers are put in its terms. */
  readonly format?: ImageFormat | undefined;
  /** What this image refers to. OCI only. */
  readonly subject?: Descriptor | undefined;
}

/**
 * Writes config and manifest of an image and records the manifest. Equal options give equal bytes.
 * The result describes the manifest; tagging is the caller's. Throws IMAGE_INVALID when layers and diffIds differ in number.
 */
export async function writeImage(repository: Repository, options: WriteImageOptions): Promise<Descriptor> {
  const { format = 'oci', annotations, subject } = options;
  const configBytes = options.config instanceof Uint8Array ? options.config : encodeJson(options.config);
  const diffIds = parseConfig(configBytes).rootfs.diff_ids;
  if (diffIds.length !== options.layers.length) {
    throw new LadingError(
      'IMAGE_INVALID',
      `Cannot write image: it has ${options.layers.length} layers and ${diffIds.length} diffIds`,
      {
        hint: 'Give one layer for each entry of rootfs.diff_ids.',
      },
    );
  }
  const config = descriptorOf(configBytes, mediaTypeIn(format, mediaTypes.ociConfig));
  await put(repository.content, configBytes, config, options);
  const manifest: Manifest = {
    schemaVersion: 2,
    mediaType: mediaTypeIn(format, mediaTypes.ociManifest),
    config,
    layers: options.layers.map((layer) => plain(descriptorIn(format, layer))),
    ...(format === 'oci' && subject !== undefined ? { subject: plain(subject) } : {}),
    ...(format === 'oci' && annotations !== undefined ? { annotations } : {}),
  };
  return writeManifest(repository, manifest, options);
}

/** Writes and records a manifest or index as canonical JSON. */
export async function writeManifest(
  repository: Repository,
  manifest: Manifest | ImageIndex,
  io: Io = {},
): Promise<Descriptor> {
  const bytes = encodeJson(manifest);
  const descriptor = descriptorOf(bytes, manifest.mediaType ?? mediaTypes.ociManifest);
  await put(repository.content, bytes, descriptor, io);
  await repository.references.record(descriptor, bytes, io);
  return descriptor;
}

/** The fields of a descriptor that belong into a manifest, in one order. */
function plain({ mediaType, digest, size, urls, annotations }: Descriptor): Descriptor {
  return {
    mediaType,
    digest,
    size,
    ...(urls === undefined ? {} : { urls }),
    ...(annotations === undefined ? {} : { annotations }),
  };
}
