import type { Io } from '@lading/bytes';
import { writeIndex } from '@lading/image';
import type { Descriptor } from '@lading/oci';
import type { Repository } from '@lading/store';
import type { BuildRequest, BuiltImage } from '../request.ts';

/** What the manifest of a result may bear besides its images. */
export type ResultRequest = Pick<BuildRequest, 'indexAnnotations' | 'descriptorAnnotations' | 'mediaTypes'>;

/** One platform: its image. Several: an index, recorded with its images. */
export async function writeResult(
  output: Repository,
  images: readonly BuiltImage[],
  { indexAnnotations: annotations, descriptorAnnotations, mediaTypes: format }: ResultRequest,
  { signal }: Io,
): Promise<Descriptor> {
  const [only, ...others] = images;
  if (only !== undefined && others.length === 0) return only.manifest;
  const manifests = images.map(({ manifest, platform }) => ({
    ...manifest,
    platform,
    ...(descriptorAnnotations === undefined ? {} : { annotations: descriptorAnnotations }),
  }));
  return writeIndex(output, { manifests, annotations, format, signal });
}
