import type { Io } from '@lading/bytes';
import type { Annotations, Descriptor, Digest, History, ImageConfig } from '@lading/oci';
import type { Repository } from '@lading/store';
import { isDockerManifest } from './convert-image.ts';
import type { Image } from './image.ts';
import type { ImageFormat } from './image-format.ts';
import { writeImage } from './write-image.ts';

/** A layer to put on top. Its content has to be in the repository; `writeLayer()` puts it there. */
export interface AddedLayer {
  readonly descriptor: Descriptor;
  readonly diffId: Digest;
  readonly history?: History | undefined;
}

export interface ImageChanges extends Io {
  /** From the lowest up. */
  readonly layers?: readonly AddedLayer[] | undefined;
  /** Makes the new config from the old one, to which the layers were added already. */
  readonly config?: ((config: ImageConfig) => ImageConfig) | undefined;
  /** Replaces the annotations; `undefined` keeps them. */
  readonly annotations?: Annotations | undefined;
  /** That of the image unless told. */
  readonly format?: ImageFormat | undefined;
}

/**
 * Writes a new image that differs from another in what is told, and leaves the other alone. Fields of the config that Lading does not
 * know stay. A history that did not cover the layers below stays as short as it was.
 */
export async function changeImage(repository: Repository, image: Image, changes: ImageChanges): Promise<Descriptor> {
  const added = changes.layers ?? [];
  const { config, manifest } = image;
  const history = added.flatMap((layer) => (layer.history === undefined ? [] : [layer.history]));
  const grown: ImageConfig = {
    ...config,
    rootfs: { ...config.rootfs, diff_ids: [...config.rootfs.diff_ids, ...added.map((layer) => layer.diffId)] },
    ...(history.length === 0 ? {} : { history: [...(config.history ?? []), ...history] }),
  };
  const changed = changes.config === undefined ? grown : changes.config(grown);
  // Nothing changed inside: then the bytes stay too, and with them the image ID.
  const untouched = added.length === 0 && changes.config === undefined;
  return writeImage(repository, {
    config: untouched ? image.configBytes : changed,
    layers: [...manifest.layers, ...added.map((layer) => layer.descriptor)],
    annotations: changes.annotations ?? manifest.annotations,
    format: changes.format ?? (isDockerManifest(image.descriptor) ? 'docker' : 'oci'),
    subject: manifest.subject,
    signal: changes.signal,
  });
}

/** Puts one layer on top of an image. */
export function appendLayer(repository: Repository, image: Image, layer: AddedLayer, io: Io = {}): Promise<Descriptor> {
  return changeImage(repository, image, { layers: [layer], signal: io.signal });
}
