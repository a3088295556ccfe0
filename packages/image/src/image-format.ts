import { LadingError } from '@lading/errors';
import { type Descriptor, mediaTypes } from '@lading/oci';

/** The two worlds that an image can be written for. They differ in media types alone. */
export type ImageFormat = 'oci' | 'docker';

/** Each kind of content under its name in either world. Docker has no name for some. */
const pairs: readonly (readonly [oci: string, docker: string])[] = [
  [mediaTypes.ociManifest, mediaTypes.dockerManifest],
  [mediaTypes.ociIndex, mediaTypes.dockerManifestList],
  [mediaTypes.ociConfig, mediaTypes.dockerConfig],
  [mediaTypes.ociLayer, mediaTypes.dockerLayer],
  [mediaTypes.ociLayerGzip, mediaTypes.dockerLayerGzip],
  [mediaTypes.ociLayerZstd, mediaTypes.dockerLayerZstd],
  [mediaTypes.ociForeignLayerGzip, mediaTypes.dockerForeignLayer],
];

/** The media type under which the other world knows the same content. Throws IMAGE_INVALID when it does not. */
export function mediaTypeIn(format: ImageFormat, mediaType: string): string {
  const pair = pairs.find((candidate) => candidate.includes(mediaType));
  if (pair !== undefined) return pair[format === 'oci' ? 0 : 1];
  if (format === 'oci') return mediaType;
  throw new LadingError(
    'IMAGE_INVALID',
    `Cannot write content of type ${mediaType} in Docker's format: it has none like it`,
    {
      hint: 'Keep the OCI format.',
      details: { mediaType },
    },
  );
}

export function descriptorIn(format: ImageFormat, descriptor: Descriptor): Descriptor {
  return { ...descriptor, mediaType: mediaTypeIn(format, descriptor.mediaType) };
}
