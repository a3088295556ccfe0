import type { ImageFormat } from '@lading/image';
import type { Annotations } from '@lading/oci';
import type { FormatProfile } from './format-profile.ts';
import type { LayerCompression } from './output/layer-compression.ts';

/** What may be asked of every build, whatever describes it: a Dockerfile, a recipe or buildpacks. */
export interface FrontendRequest {
  /** Added to the labels that the image has by its description, and winning over them. */
  readonly labels?: Readonly<Record<string, string>> | undefined;
  /** On the manifest of every image. */
  readonly annotations?: Annotations | undefined;
  /** On the index, where there is one. */
  readonly indexAnnotations?: Annotations | undefined;
  /** On the descriptors of the images in the index. */
  readonly descriptorAnnotations?: Annotations | undefined;
  /** `docker`: manifests and layers under Docker's media types; OCI's unless told. */
  readonly mediaTypes?: ImageFormat | undefined;
  /** Of the layers that the build makes; gzip unless told. */
  readonly compression?: LayerCompression | undefined;
  /** Compresses the layers of the base, where there is one, anew where they are compressed otherwise. */
  readonly forceCompression?: boolean | undefined;
  /** The rules by which bytes are made; the current ones unless told. */
  readonly formatProfile?: FormatProfile | undefined;
  /** Runs every step again. What they make is still kept for later builds. */
  readonly noCache?: boolean | undefined;
  /** How many steps may work at once; the number of processors unless told. The result does not depend on it. */
  readonly workers?: number | undefined;
}
