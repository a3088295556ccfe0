import type { Image } from '@lading/image';
import { type Annotations, annotationKeys, formatReference, parseReference } from '@lading/oci';
import type { BaseImage } from '../stage-state.ts';

/** An image as a base, under the name that FROM gives it. */
export function baseImage({ descriptor }: Pick<Image, 'descriptor'>, name?: string): BaseImage {
  if (name === undefined) return { digest: descriptor.digest };
  const { digest: _digest, ...reference } = parseReference(name);
  return { digest: descriptor.digest, name: formatReference(reference) };
}

/** What a manifest says of its base, so that others can tell when there is a newer one, and put the image on it (OCI image-spec 1.1 §annotations). */
export function baseAnnotations(base: BaseImage | undefined): Annotations {
  if (base === undefined) return {};
  const { digest, name } = base;
  return { [annotationKeys.baseDigest]: digest, ...(name === undefined ? {} : { [annotationKeys.baseName]: name }) };
}
